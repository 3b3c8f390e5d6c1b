"""The head in three dimensions: lids, jaw, neck and the turn of the skull."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivermon.emotions import EMOTIONS
from drivermon.simulation import DriverParameters, Identity, neutral_landmarks_3d, random_identity
from drivermon.simulation.geometry import angles_of, rotation_matrix, turn_about
from drivermon.simulation.head import Head
from drivermon.simulation.truth import eye_aspect_ratio, inner_lip_ratio

HEADS = [Head(random_identity(seed)) for seed in range(8)]
EYES = {"right": slice(36, 42), "left": slice(42, 48)}


def front_points(head: Head, parameters: DriverParameters) -> np.ndarray:
    return head.mesh.landmarks(head.expressed(parameters))


@pytest.mark.parametrize("head", HEADS)
def test_lids_open_exactly_as_far_as_asked(head):
    for aperture in (0.0, 0.03, 0.2, 0.5, 0.8, 1.0, 1.3):
        posed = head.pose(DriverParameters(left_aperture=aperture, right_aperture=1 - aperture / 1.3))
        assert posed.apertures["left"] == pytest.approx(aperture, abs=1e-3)
        assert posed.apertures["right"] == pytest.approx(1 - aperture / 1.3, abs=1e-3)


@pytest.mark.parametrize("head", HEADS)
def test_the_eye_aspect_ratio_grows_with_the_aperture(head):
    ratios = [
        eye_aspect_ratio(front_points(head, DriverParameters(left_aperture=a))[EYES["left"], :2])
        for a in np.linspace(0, 1.3, 14)
    ]
    assert np.all(np.diff(ratios) > -1e-4)
    assert ratios[0] < 0.06
    assert 0.22 < ratios[10] < 0.36


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("expression", EMOTIONS)
def test_shut_lids_meet_and_never_cross(head, expression):
    shut = DriverParameters(left_aperture=0, right_aperture=0, expression={expression: 1.0}, jaw=0.3)
    positions = head.expressed(shut)
    points = head.mesh.landmarks(positions)
    for side, lid in head.lids.items():
        assert np.abs(lid.gaps(positions)).max() < 2e-5
        eye = points[EYES[side]]
        assert np.all(eye[[1, 2], 1] - eye[[5, 4], 1] > -2e-5)


@pytest.mark.parametrize("head", HEADS[:3])
def test_lids_follow_the_gaze(head):
    ahead, down, up = (head.expressed(DriverParameters(gaze_pitch_deg=g)) for g in (0, -25, 25))
    lid = head.lids["left"]
    assert (ahead - down)[lid.upper_middle, 1] > 0.002
    assert (up - ahead)[lid.upper_middle, 1] > 0.0005
    assert 0.5 < lid.aperture(down) < 0.9
    assert lid.aperture(up) == pytest.approx(1.0, abs=1e-3)


@given(jaw=st.floats(0, 1), more=st.floats(0.05, 0.5))
@settings(max_examples=20)
def test_lips_part_as_the_jaw_drops(jaw, more):
    head = HEADS[1]
    wider = min(jaw + more, 1.0)
    if wider > jaw:
        less, greater = (inner_lip_ratio(front_points(head, DriverParameters(jaw=j))) for j in (jaw, wider))
        assert greater > less


@pytest.mark.parametrize("head", HEADS)
def test_a_yawn_gapes_and_a_closed_mouth_does_not(head):
    assert inner_lip_ratio(front_points(head, DriverParameters())) < 0.12
    assert inner_lip_ratio(front_points(head, DriverParameters(jaw=1))) > 0.8


@given(yaw=st.floats(-89, 89), pitch=st.floats(-89, 89), roll=st.floats(-89, 89))
def test_angles_come_back_from_their_matrix(yaw, pitch, roll):
    assert angles_of(rotation_matrix(yaw, pitch, roll)) == pytest.approx((yaw, pitch, roll), abs=2e-2)


def test_signs_of_the_angles():
    nose, crown = np.array([0, 0, 1.0]), np.array([0, 1.0, 0])
    assert (rotation_matrix(30, 0, 0) @ nose)[0] > 0  # to the own left, which is +x
    assert (rotation_matrix(0, 30, 0) @ nose)[1] > 0  # up
    assert (rotation_matrix(0, 0, 30) @ crown)[0] > 0  # to the own left shoulder


@given(angle=st.floats(-90, 90), share=st.floats(0, 1))
def test_a_neck_twists_by_its_share(angle, share):
    point = np.array([[0.1, 0.0, 0.05]], np.float32)
    twisted = turn_about(point, np.zeros(3, np.float32), rotation_matrix(angle, 0, 0), np.array([share]))
    assert twisted == pytest.approx(point @ rotation_matrix(angle * share, 0, 0).T, abs=1e-5)


@pytest.mark.parametrize("head", HEADS[:3])
def test_the_face_turns_as_one_stiff_body(head):
    asked = DriverParameters(yaw_deg=50, pitch_deg=-20, roll_deg=15, seat_m=(0.05, -0.02, 0.1))
    posed = head.pose(asked)
    still, turned = head.mesh.landmarks(posed.unturned), head.mesh.landmarks(posed.positions)
    between = lambda points: np.linalg.norm(points[:, None] - points[None], axis=2)  # noqa: E731
    assert between(turned) == pytest.approx(between(still), abs=1e-5)


def test_the_same_identity_has_the_same_head():
    assert np.array_equal(Head(Identity(seed=3)).neutral, Head(Identity(seed=3)).neutral)
    assert not np.array_equal(Head(Identity(seed=3)).neutral, Head(Identity(seed=4)).neutral)


def test_the_average_face_is_symmetric_and_of_human_size():
    points = neutral_landmarks_3d()
    mirror = points * (-1, 1, 1)
    assert points.shape == (68, 3)
    assert points[:17] == pytest.approx(mirror[16::-1], abs=0.002)
    assert points[[36, 39, 48]] == pytest.approx(mirror[[45, 42, 54]], abs=0.001)
    assert 0.075 < np.linalg.norm(points[36] - points[45]) < 0.1  # outer eye corners, metres
    assert points[30, 2] > points[27, 2] > points[36, 2]  # nose tip, bridge, eye
    assert 0.2 < eye_aspect_ratio(points[EYES["left"], :2]) < 0.36
