import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.perception.head_pose import HeadPose, pose_of
from drivermon.perception.head_rotation import rotation_of, tilt_deg, turned
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
