from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from drivermon.errors import InstallationError
from drivermon.perception import landmarks as module
from drivermon.perception.box import Box, iou
from drivermon.perception.detector import Detection, HogDetector
from drivermon.perception.landmarks import (
    FaceShape,
    Landmarks68,
    is_plausible,
    outline_of_square,
    spread,
    square_of_points,
)
from drivermon.simulation import Camera, DriverParameters, Identity, Renderer

Picture = NDArray[np.uint8]


def test_the_parts_lie_where_they_do_on_a_face(shape: FaceShape):
    assert shape.right_eye is not None
    assert shape.left_eye is not None
    assert shape.inner_lips is not None
    assert shape.right_eye_corners is not None
    right, left, mouth = (part.mean(axis=0) for part in (shape.right_eye, shape.left_eye, shape.inner_lips))
    assert right[0] < mouth[0] < left[0]
    assert mouth[1] > max(right[1], left[1])
    outer, inner = shape.right_eye_corners
    assert outer[0] < inner[0] < left[0]
    # p2 and p3 are of the upper lid, p5 and p6 below them
    assert shape.right_eye[[1, 2], 1].max() < shape.right_eye[[4, 5], 1].min()


def test_the_box_holds_every_point_and_some_forehead(shape: FaceShape):
    low, high = shape.points.min(axis=0), shape.points.max(axis=0)
    assert shape.box.x == pytest.approx(low[0], abs=0.01)
    assert shape.box.y < low[1] - 10
    assert shape.box.y + shape.box.height == pytest.approx(high[1], abs=0.01)


def test_the_square_and_the_outline_agree_with_what_was_found(shape: FaceShape, detection: Detection):
    assert iou(square_of_points(shape.points), detection.box) > 0.75
    assert iou(outline_of_square(detection.box), shape.box) > 0.75


@pytest.mark.slow
def test_points_lie_on_the_true_ones_of_a_rendered_head(landmarks: Landmarks68):
    picture, truth = Renderer(Identity(seed=3), Camera()).render(DriverParameters())
    (found,) = HogDetector().search(picture)
    shape = landmarks.fit(picture, found.box)
    assert shape is not None
    assert truth.points68 is not None
    eye_distance = np.linalg.norm(truth.points68[36:42].mean(axis=0) - truth.points68[42:48].mean(axis=0))
    away = np.linalg.norm(shape.points + 0.5 - truth.points68, axis=1) / eye_distance
    assert away[36:48].mean() < 0.08
    assert away.mean() < 0.2


def test_a_fit_does_not_depend_on_the_scale(cabin: Picture, landmarks: Landmarks68, detection: Detection):
    large = np.ascontiguousarray(np.repeat(np.repeat(cabin, 2, axis=0), 2, axis=1))
    near = landmarks.fit_points(large, detection.box.scaled(2.0))
    far = landmarks.fit_points(cabin, detection.box)
    # pixel i of the small picture covers pixels 2i and 2i + 1
    assert np.abs((near - 0.5) / 2 - far).max() < 0.03 * detection.box.side


def test_fits_from_disturbed_boxes_agree_on_a_face(
    cabin: Picture, landmarks: Landmarks68, detection: Detection
):
    assert landmarks.fit(cabin, detection.box, checks=2) is not None


def test_points_that_follow_the_box_are_no_face(landmarks: Landmarks68):
    pattern = np.random.default_rng(5).integers(60, 90, (480, 640), np.uint8)
    boxes = [Box(x, y, 150.0, 150.0) for x in (50.0, 200.0, 380.0) for y in (60.0, 250.0)]
    assert [landmarks.fit(pattern, box, checks=2) for box in boxes] == [None] * 6


def test_implausible_points_are_told_from_a_face(shape: FaceShape, detection: Detection):
    box, points = detection.box, shape.points
    middle = points.mean(axis=0)
    assert is_plausible(points, box)
    assert not is_plausible(2 * middle - points, box), "upside down"
    assert not is_plausible(middle + (points - middle) * 0.2, box), "collapsed"
    assert not is_plausible(points + 0.5 * np.float32(box.side), box), "slid out of the box"
    assert not is_plausible(np.repeat(middle[np.newaxis], 68, axis=0), box), "one point"


def test_the_spread_of_fits_is_their_distance():
    one = np.zeros((68, 2), np.float32)
    assert spread([one, one + np.float32([3, 4])]) == pytest.approx(5)
    assert spread([one, one, one + np.float32([3, 4])]) == 0


def test_a_face_at_the_edge_or_off_the_picture_raises_nothing(cabin: Picture, landmarks: Landmarks68):
    for box in (Box(-100, -100, 150, 150), Box(600, 440, 200, 200), Box(5000, 5000, 100, 100)):
        landmarks.fit(cabin, box, checks=2)


def test_a_missing_predictor_names_the_setting(tmp_path: Path):
    with pytest.raises(InstallationError, match=r"face\.landmarks"):
        Landmarks68(tmp_path / "gone.dat")


def test_a_file_that_is_no_predictor_is_refused(tmp_path: Path):
    broken = tmp_path / "broken.dat"
    broken.write_bytes(b"no predictor")
    with pytest.raises(InstallationError, match="not a dlib landmark predictor"):
        Landmarks68(broken)


def test_a_missing_package_names_the_command(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PREDICTOR_PACKAGE", "package_that_nobody_has")
    with pytest.raises(InstallationError, match="pip install package_that_nobody_has"):
        Landmarks68()
