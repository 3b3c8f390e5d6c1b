import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivermon.config import CameraSettings
from drivermon.perception.detector import HogDetector
from drivermon.perception.face_model import RIGID_POINTS_68
from drivermon.perception.head_pose import HeadPose, camera_matrix, lens_of, measure_pose, solve_pose
from drivermon.perception.landmarks import FaceShape, Landmarks68
from drivermon.simulation import Camera, DriverParameters, Identity, Renderer

MODEL = np.array(list(RIGID_POINTS_68.values()))
CAMERA = camera_matrix((480, 640), 50.0)

# the same mean head seen in a mirror: every point and the place it takes
MIRROR = {0: 16, 17: 26, 21: 22, 31: 35, 36: 45, 39: 42}
PARTNER = {**{a: a for a in RIGID_POINTS_68}, **MIRROR, **{b: a for a, b in MIRROR.items()}}


def rotation(yaw_deg: float, pitch_deg: float, roll_deg: float) -> NDArray[np.float64]:
    """Build the rotation from the definition: each turn about one axis, signs as documented."""
    yaw, pitch, roll = np.radians([yaw_deg, pitch_deg, roll_deg])
    # x to the driver's own left, y down, z into the head
    about_y = np.array([[math.cos(yaw), 0, -math.sin(yaw)], [0, 1, 0], [math.sin(yaw), 0, math.cos(yaw)]])
    about_x = np.array(
        [[1, 0, 0], [0, math.cos(pitch), math.sin(pitch)], [0, -math.sin(pitch), math.cos(pitch)]]
    )
    about_z = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
    return about_y @ about_x @ about_z


def projected(pose: tuple[float, float, float], place: tuple[float, float, float]) -> NDArray[np.float64]:
    seen = (MODEL @ rotation(*pose).T + place) @ CAMERA.T
    return seen[:, :2] / seen[:, 2:]


@given(
    st.tuples(st.floats(-60, 60), st.floats(-40, 40), st.floats(-45, 45)),
    st.tuples(st.floats(-3, 3), st.floats(-2, 2), st.floats(8, 30)),
)
def test_the_pose_of_an_exact_projection_is_found_again(
    pose: tuple[float, float, float], place: tuple[float, float, float]
):
    found = solve_pose(projected(pose, place), MODEL, CAMERA)
    assert found is not None
    assert (found.yaw_deg, found.pitch_deg, found.roll_deg) == pytest.approx(pose, abs=0.05)


def test_signs_are_the_documented_ones():
    ahead = np.array([0.0, 0.0, -1.0])
    crown = np.array([0.0, -1.0, 0.0])
    assert (rotation(30, 0, 0) @ ahead)[0] > 0  # own left is right in the picture
    assert (rotation(0, 30, 0) @ ahead)[1] < 0  # up
    assert (rotation(0, 0, 30) @ crown)[0] > 0  # clockwise in the picture


@given(st.tuples(st.floats(-50, 50), st.floats(-30, 30), st.floats(-30, 30)))
def test_a_mirrored_face_has_the_opposite_yaw_and_roll(pose: tuple[float, float, float]):
    points = projected(pose, (0.0, 0.0, 12.0))
    mirrored = points * (-1.0, 1.0) + (639.0, 0.0)
    order = [list(RIGID_POINTS_68).index(PARTNER[index]) for index in RIGID_POINTS_68]
    found = solve_pose(mirrored[order], MODEL, CAMERA)
    assert found is not None
    assert (found.yaw_deg, found.pitch_deg, found.roll_deg) == pytest.approx(
        (-pose[0], pose[1], -pose[2]), abs=0.1
    )


def test_too_few_points_give_no_pose():
    assert solve_pose(projected((0, 0, 0), (0, 0, 10))[:5], MODEL[:5], CAMERA) is None


def test_a_calibration_holds_for_any_size_of_its_picture() -> None:
    settings = CameraSettings(width=640, height=480, intrinsics_px=(700.0, 690.0, 330.0, 250.0))
    lens = lens_of(settings)
    expected = [[700, 0, 330], [0, 690, 250], [0, 0, 1]]
    assert camera_matrix((480, 640, 3), lens) == pytest.approx(np.array(expected))
    half = camera_matrix((240, 320), lens)
    assert half == pytest.approx(np.array([[350, 0, 164.75], [0, 345, 124.75], [0, 0, 1]]))
    turned = lens_of(settings.model_copy(update={"rotate_deg": 90}))
    assert camera_matrix((640, 480), turned)[0, 2] == pytest.approx(330.0)
    assert lens_of(CameraSettings()) == 50.0


def test_a_calibration_that_says_the_same_as_a_field_of_view_gives_the_same_pose() -> None:
    focal_px = 320 / np.tan(np.radians(25.0))
    settings = CameraSettings(intrinsics_px=(focal_px, focal_px, 319.5, 239.5))
    assert camera_matrix((480, 640), lens_of(settings)) == pytest.approx(CAMERA)


def test_a_wider_lens_has_a_shorter_focal_length():
    assert camera_matrix((480, 640), 90.0)[0, 0] == pytest.approx(320.0)
    assert camera_matrix((480, 640), 40.0)[0, 0] > camera_matrix((480, 640), 50.0)[0, 0]


def test_a_portrait_that_looks_at_the_camera_reads_about_zero(cabin: NDArray[np.uint8], shape: FaceShape):
    pose = measure_pose(shape, cabin.shape, 50.0)
    assert pose is not None
    assert abs(pose.yaw_deg) < 12
    assert abs(pose.pitch_deg) < 12
    assert abs(pose.roll_deg) < 8


@pytest.mark.slow
def test_a_rendered_head_that_turns_reads_as_it_turns(landmarks: Landmarks68):
    renderer = Renderer(Identity(seed=3), Camera())
    for turned in (
        DriverParameters(yaw_deg=22),
        DriverParameters(yaw_deg=-22),
        DriverParameters(roll_deg=15),
    ):
        picture, truth = renderer.render(turned)
        pose = found_pose(picture, landmarks)
        assert pose.yaw_deg == pytest.approx(truth.yaw_deg, abs=8)
        assert pose.roll_deg == pytest.approx(truth.roll_deg, abs=8)
        mirrored = found_pose(np.ascontiguousarray(cv2.flip(picture, 1)), landmarks)
        assert mirrored.yaw_deg == pytest.approx(-pose.yaw_deg, abs=5)
        assert mirrored.roll_deg == pytest.approx(-pose.roll_deg, abs=5)


def found_pose(picture: NDArray[np.uint8], landmarks: Landmarks68) -> HeadPose:
    (found,) = HogDetector().search(picture)
    shape = landmarks.fit(picture, found.box)
    assert shape is not None
    pose = measure_pose(shape, picture.shape, 50.0)
    assert pose is not None
    return pose
