import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.perception.face_model import RIGID_POINTS_68
from drivermon.perception.head_pose import HeadPose, camera_matrix, pose_of, solve_pose
from drivermon.perception.head_rotation import against_axis, rotation_of, tilt_deg, turned
from drivermon.simulation.geometry import rotation_matrix

ANGLES = st.floats(-85, 85)


def angles(pose: HeadPose) -> tuple[float, float, float]:
    return pose.yaw_deg, pose.pitch_deg, pose.roll_deg


@given(ANGLES, ANGLES, ANGLES)
def test_angles_come_back_from_the_rotation(yaw: float, pitch: float, roll: float) -> None:
    pose = HeadPose(yaw, pitch, roll)
    assert angles(pose_of(rotation_of(pose))) == pytest.approx(angles(pose), abs=1e-6)


@given(ANGLES, ANGLES, ANGLES)
def test_the_rendered_head_turns_the_same_way(yaw: float, pitch: float, roll: float) -> None:
    flip = np.diag([1.0, -1.0, -1.0])  # the renderer's axes go up and to the camera
    np.testing.assert_allclose(
        flip @ rotation_matrix(yaw, pitch, roll) @ flip, rotation_of(HeadPose(yaw, pitch, roll)), atol=1e-5
    )


@given(ANGLES, ANGLES, ANGLES, st.floats(-90, 90))
def test_turning_the_picture_there_and_back_changes_nothing(
    yaw: float, pitch: float, roll: float, by: float
) -> None:
    pose = HeadPose(yaw, pitch, roll)
    np.testing.assert_allclose(rotation_of(turned(turned(pose, by), -by)), rotation_of(pose), atol=1e-9)


@given(ANGLES, st.floats(-80, 80), ANGLES)
def test_turned_back_by_its_tilt_a_head_stands_upright(yaw: float, pitch: float, roll: float) -> None:
    pose = HeadPose(yaw, pitch, roll)
    assert tilt_deg(turned(pose, -tilt_deg(pose))) == pytest.approx(0.0, abs=1e-6)


def test_a_frontal_head_tilts_by_its_roll_and_a_profile_by_its_pitch() -> None:
    assert tilt_deg(HeadPose(0, 0, 15)) == pytest.approx(15)
    assert tilt_deg(HeadPose(90, -20, 0)) == pytest.approx(20)
    assert tilt_deg(HeadPose(-90, -20, 0)) == pytest.approx(-20)


CAMERA = camera_matrix((480, 640), 50.0)


@given(ANGLES, ANGLES, ANGLES)
def test_in_the_middle_of_the_picture_line_and_axis_agree(yaw: float, pitch: float, roll: float) -> None:
    pose = HeadPose(yaw, pitch, roll)
    seen = against_axis(pose, (319.5, 239.5), CAMERA)
    np.testing.assert_allclose(rotation_of(seen), rotation_of(pose), atol=1e-9)


def test_who_looks_into_the_lens_from_the_side_has_turned_to_it() -> None:
    # on the right edge of the picture, half the field of view from the axis: turned to the own right
    turned_right = against_axis(HeadPose(0, 0, 0), (639.5, 239.5), CAMERA)
    assert angles(turned_right) == pytest.approx((-25.0, 0.0, 0.0), abs=0.1)
    low_in_the_picture = against_axis(HeadPose(0, 0, 0), (319.5, 479.5), CAMERA)
    assert low_in_the_picture.pitch_deg == pytest.approx(19.3, abs=0.1)


@given(st.floats(-30, 30), st.floats(-30, 30), st.floats(40, 600), st.floats(40, 440))
def test_points_of_a_turned_head_anywhere_in_the_picture_give_the_same_pose(
    yaw: float, pitch: float, x: float, y: float
) -> None:
    model = np.array(list(RIGID_POINTS_68.values()), float)
    line = np.array([(x - 319.5) / CAMERA[0, 0], (y - 239.5) / CAMERA[1, 1], 1.0])
    seen = against_axis(HeadPose(yaw, pitch, 0.0), (x, y), CAMERA)
    placed = model @ rotation_of(seen).T + 100.0 * np.abs(model).max() * line
    points = (placed @ CAMERA.T)[:, :2] / (placed @ CAMERA.T)[:, 2:]
    solved = solve_pose(points, model, CAMERA)
    assert solved is not None
    assert angles(solved) == pytest.approx(angles(seen), abs=0.5)
