import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivermon.errors import FrameError
from drivermon.perception.alignment import DEFAULT_GEOMETRY, ChipGeometry, align, eyes_to_chip
from drivermon.perception.detector import HogDetector
from drivermon.perception.landmarks import FaceShape, Landmarks68

GOLDEN_TOLERANCE = 2.5
"""Mean difference, in gray levels, of a chip from a moved picture: interpolation alone."""

FITTED_TOLERANCE = 6.0
"""The same with landmarks found anew in the moved picture."""

coordinate = st.floats(-500.0, 5000.0)


def eyes(shape: FaceShape) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    assert shape.right_eye is not None
    assert shape.left_eye is not None
    return shape.right_eye.mean(axis=0), shape.left_eye.mean(axis=0)


def difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(np.abs(one.astype(float) - other.astype(float)).mean())


@given(coordinate, coordinate, st.floats(4.0, 2000.0), st.floats(-180.0, 180.0))
def test_any_two_eyes_come_where_the_geometry_wants_them(x: float, y: float, distance: float, tilt: float):
    geometry = ChipGeometry(size_px=112, left_eye=(0.3, 0.4), channels=3)
    angle = np.radians(tilt)
    right_eye = np.array([x, y])
    left_eye = right_eye + distance * np.array([np.cos(angle), np.sin(angle)])
    matrix = eyes_to_chip(right_eye, left_eye, geometry)
    on_chip = np.array([*right_eye, 1.0]) @ matrix.T, np.array([*left_eye, 1.0]) @ matrix.T
    assert on_chip[0] == pytest.approx((0.3 * 112 - 0.5, 0.4 * 112 - 0.5), abs=1e-3)
    assert on_chip[1] == pytest.approx((0.7 * 112 - 0.5, 0.4 * 112 - 0.5), abs=1e-3)


@pytest.mark.parametrize("angle_deg", [0.0, -25.0, 40.0])
@pytest.mark.parametrize("scale", [0.6, 1.0, 2.7])
@pytest.mark.parametrize("shift", [(0.0, 0.0), (31.5, -12.25)])
def test_a_face_rotated_scaled_and_shifted_gives_the_same_chip(
    cabin: NDArray[np.uint8], shape: FaceShape, angle_deg: float, scale: float, shift: tuple[float, float]
):
    chip = align(cabin, *eyes(shape), DEFAULT_GEOMETRY)
    move = cv2.getRotationMatrix2D(shape.box.center, angle_deg, scale)
    move[:, 2] += np.array([800.0, 700.0]) - shape.box.center + np.array(shift)
    moved = np.asarray(cv2.warpAffine(cabin, move, (1600, 1400), flags=cv2.INTER_AREA), np.uint8)
    points = [move @ np.array([*eye, 1.0]) for eye in eyes(shape)]
    assert difference(align(moved, points[0], points[1], DEFAULT_GEOMETRY), chip) < GOLDEN_TOLERANCE


@pytest.mark.parametrize("angle_deg", [-15.0, 10.0])
@pytest.mark.parametrize("scale", [0.8, 1.3])
def test_the_chip_stays_the_same_when_the_face_is_found_anew(
    cabin: NDArray[np.uint8], shape: FaceShape, landmarks: Landmarks68, angle_deg: float, scale: float
):
    chip = align(cabin, *eyes(shape), DEFAULT_GEOMETRY)
    move = cv2.getRotationMatrix2D((320.0, 240.0), angle_deg, scale)
    moved = np.asarray(cv2.warpAffine(cabin, move, (640, 480), borderMode=cv2.BORDER_REPLICATE), np.uint8)
    (found,) = HogDetector().search(moved)
    anew = landmarks.fit(moved, found.box)
    assert anew is not None
    assert difference(align(moved, *eyes(anew), DEFAULT_GEOMETRY), chip) < FITTED_TOLERANCE


def test_a_chip_at_the_pictures_own_scale_is_cut_out_unchanged():
    picture = np.random.default_rng(1).integers(0, 256, (100, 120), np.uint8)
    geometry = ChipGeometry(size_px=40, left_eye=(0.25, 0.5), channels=1)
    # eye distance 20 px on the chip: the eye at column 9.5, row 19.5 comes from column 39.5, row 49.5
    chip = align(picture, (39.5, 49.5), (59.5, 49.5), geometry)
    assert np.array_equal(chip[:, :, 0], picture[30:70, 30:70])


def test_beyond_the_pictures_edge_the_chip_is_not_black():
    picture = np.full((60, 60), 200, np.uint8)
    chip = align(picture, (5.0, 5.0), (55.0, 5.0), DEFAULT_GEOMETRY)
    assert chip.min() == 200


def test_a_checkerboard_far_finer_than_the_chip_comes_out_gray_not_aliased():
    picture = (np.indices((1200, 1200)).sum(axis=0) % 2 * 255).astype(np.uint8)
    chip = align(picture, (400.0, 500.0), (800.0, 520.0), DEFAULT_GEOMETRY)
    assert np.abs(chip.astype(int) - 127).max() < 20


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("colour", [False, True])
def test_channels_follow_the_geometry_and_not_the_picture(channels: int, colour: bool):
    geometry = ChipGeometry(size_px=32, left_eye=(0.3, 0.4), channels=channels)  # type: ignore[arg-type]
    picture = np.full((80, 80, 3) if colour else (80, 80), 50, np.uint8)
    chip = align(picture, (30.0, 40.0), (50.0, 40.0), geometry)
    assert chip.shape == (32, 32, channels)
    assert chip.dtype == np.uint8
    assert (chip == 50).all()


@pytest.mark.parametrize("left_eye", [(10.5, 10.0), (float("nan"), 10.0), (float("inf"), 10.0)])
def test_eyes_that_coincide_or_are_not_finite_are_refused(left_eye: tuple[float, float]):
    with pytest.raises(FrameError, match="can't be aligned"):
        align(np.zeros((20, 20), np.uint8), (10.0, 10.0), left_eye, DEFAULT_GEOMETRY)


@pytest.mark.parametrize("left_eye", [(0.5, 0.4), (-0.1, 0.4), (0.3, 1.2)])
def test_a_geometry_that_no_chip_can_have_is_refused(left_eye: tuple[float, float]):
    with pytest.raises(ValueError, match="geometry"):
        ChipGeometry(size_px=64, left_eye=left_eye, channels=1)
