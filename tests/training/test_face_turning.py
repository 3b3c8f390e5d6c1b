from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivermon.perception.head_pose import HeadPose
from drivermon.perception.head_rotation import rotation_of
from training.face.faces import CHIP_PX, LEFT, RIGHT, Face, Faces
from training.face.mesh import RIGID, VERTICES_68, MeanFace
from training.face.pictures import KnownFace
from training.face.relief import LEFT_SIDE, OUTLINE, RIGHT_SIDE, Turner
from training.face.sources import Picture
from training.face.turned import LEAST_YAW_DEG, MOST_YAW_DEG, further, turned_head

AHEAD = HeadPose(0.0, 0.0, 0.0)
CANVAS_PX, WIDTH_PX = 300, 100.0
EYES = {36: (-0.3, -0.1), 39: (-0.14, -0.1), 42: (0.14, -0.1), 45: (0.3, -0.1)}
LIDS = {37: (-0.25, -0.13), 38: (-0.19, -0.13), 40: (-0.19, -0.07), 41: (-0.25, -0.07)}
LIDS |= {43: (0.19, -0.13), 44: (0.25, -0.13), 46: (0.25, -0.07), 47: (0.19, -0.07)}


def dome() -> NDArray[np.float64]:
    """A face (478, 3) of width 1 that bulges toward the camera, with a nose."""
    random = np.random.default_rng(5)
    turn, reach = random.uniform(0, 2 * np.pi, 478), 0.46 * np.sqrt(random.uniform(0, 1, 478))
    flat = np.column_stack([reach * np.cos(turn), 1.3 * reach * np.sin(turn)])
    order = [OUTLINE.index(LEFT_SIDE), OUTLINE.index(RIGHT_SIDE)]
    around = np.interp(
        np.arange(len(OUTLINE)), [0, *order, len(OUTLINE)], np.pi * np.array([-0.5, 0.0, 1.0, 1.5])
    )
    flat[OUTLINE] = np.column_stack([0.5 * np.cos(around), 0.65 * np.sin(around)])
    for point, place in {**EYES, **LIDS, 30: (0.0, 0.12)}.items():
        flat[VERTICES_68[point]] = place
    deep = -0.45 * (1 - np.square(flat / (0.5, 0.65)).sum(1))
    nose = np.hypot(flat[:, 0], flat[:, 1] - 0.08) < 0.07
    return np.column_stack([flat, np.minimum(deep, 0) - 0.2 * nose])


MEAN = MeanFace(dome()[:RIGID], np.full(RIGID, 1 / RIGID))
TURNER = Turner.of(MEAN)


def head(pose: HeadPose = AHEAD) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Draw a picture of the dome in a pose, the nose bright, and its mesh in pixels."""
    mesh = dome() @ rotation_of(pose).T * WIDTH_PX + (CANVAS_PX / 2, CANVAS_PX / 2, 0)
    picture = np.full((CANVAS_PX, CANVAS_PX), 60, np.uint8)
    outline = mesh[OUTLINE, :2].astype(np.int32)
    cv2.fillPoly(picture, [outline], 140)
    x, y = mesh[VERTICES_68[30], :2].astype(int)
    cv2.circle(picture, (int(x), int(y)), 4, 250, -1)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.5), np.uint8), mesh


def points_of(mesh: NDArray[np.float64]) -> NDArray[np.float64]:
    return mesh[VERTICES_68, :2]


@settings(max_examples=10)
@given(st.floats(-25, 25), st.floats(-15, 15))
def test_a_head_that_is_not_turned_stays_as_it_is(yaw: float, pitch: float) -> None:
    pose = HeadPose(yaw, pitch, 0.0)
    picture, mesh = head(pose)
    same = TURNER.turn(picture, mesh, points_of(mesh), pose, pose)
    assert np.abs(same.picture.astype(float) - picture).mean() < 1.0
    np.testing.assert_allclose(same.points, points_of(mesh), atol=3)  # the mesh is flattened


@pytest.mark.parametrize("yaw", [-80.0, -50.0, 50.0, 80.0])
def test_a_turned_head_shows_its_nose_where_it_looks_and_hides_the_far_eye(yaw: float) -> None:
    picture, mesh = head()
    aside = TURNER.turn(picture, mesh, points_of(mesh), AHEAD, HeadPose(yaw, 0.0, 0.0))
    nose = aside.points[30]
    between = (aside.points[RIGHT].mean(0) + aside.points[LEFT].mean(0)) / 2
    assert np.sign(nose[0] - between[0]) == np.sign(yaw)  # to the own left is right in the picture
    assert aside.picture[round(float(nose[1])), round(float(nose[0] - 2 * np.sign(yaw)))] > 160
    right, left = aside.eyes_seen
    near, far = (right, left) if yaw > 0 else (left, right)
    assert near
    assert not far or abs(yaw) < 60


def test_the_border_of_the_picture_stays() -> None:
    picture, mesh = head()
    picture[::7] = 200
    aside = TURNER.turn(picture, mesh, points_of(mesh), AHEAD, HeadPose(60.0, 0.0, 0.0))
    np.testing.assert_allclose(aside.picture[:, 0].astype(int), picture[:, 0], atol=40)


@given(st.floats(-35, 35), st.integers(0, 1000))
def test_heads_turn_on_the_way_they_are_turned(yaw: float, seed: int) -> None:
    to = further(HeadPose(yaw, 0.0, 0.0), np.random.default_rng(seed))
    assert LEAST_YAW_DEG <= abs(to.yaw_deg) <= MOST_YAW_DEG
    if abs(yaw) > 12:
        assert np.sign(to.yaw_deg) == np.sign(yaw)


def test_what_is_known_of_a_face_goes_along(tmp_path: Path) -> None:
    picture, mesh = head()
    path = tmp_path / "head.png"
    cv2.imwrite(str(path), picture)
    points = points_of(mesh).astype(np.float32)
    one = KnownFace(Picture(path, "faces68"), points, mesh[VERTICES_68], mesh, AHEAD)
    face = Face(
        picture[:CHIP_PX, :CHIP_PX],
        points,
        np.ones(68, np.float32),
        aperture=(0.3, 0.2),
        aperture_weights=(1.0, 1.0),
        source="faces68",
    )
    for seed in range(4):
        aside = turned_head(one, Faces.stacked([face]), TURNER, np.random.default_rng(seed))
        assert aside.source == "turned"
        assert aside.chips.shape == (CHIP_PX, CHIP_PX)
        assert aside.aperture == pytest.approx((0.3, 0.2))
        assert LEAST_YAW_DEG - 5 < abs(aside.pose[0]) <= MOST_YAW_DEG + 5
        near = 0 if aside.pose[0] > 0 else 1
        assert aside.visible[near] == 1
        if abs(aside.pose[0]) > 60:
            assert aside.visible[1 - near] == 0
            assert aside.aperture_weights[1 - near] == 0
        assert aside.point_weights.min() < aside.point_weights.max()
