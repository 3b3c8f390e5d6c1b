from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivermon.perception.eyes import eye_aspect_ratio, measure_eyes
from drivermon.perception.landmarks import FaceShape
from drivermon.perception.mouth import lip_ratio, measure_mouth

EYE = np.array([[0, 0], [10, -4], [20, -4], [30, 0], [20, 4], [10, 4]], float)
LIPS = np.array([[0, 0], [10, -3], [20, -6], [30, -3], [40, 0], [30, 3], [20, 6], [10, 3]], float)

moves = st.tuples(st.floats(-180, 180), st.floats(0.05, 50), st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))


def moved(points: NDArray[np.float64], move: tuple[float, float, float, float]) -> NDArray[np.float64]:
    angle, scale, x, y = move
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return scale * points @ np.array([[cos, sin], [-sin, cos]]) + (x, y)


def test_the_aspect_ratio_is_height_over_width():
    assert eye_aspect_ratio(EYE) == pytest.approx(8 / 30)


@given(moves)
def test_the_aspect_ratio_does_not_change_when_the_face_turns_comes_nearer_or_moves(
    move: tuple[float, float, float, float],
):
    assert eye_aspect_ratio(moved(EYE, move)) == pytest.approx(8 / 30, rel=1e-6, abs=1e-7)


@given(st.floats(0.0, 1.0))
def test_the_aspect_ratio_is_proportional_to_the_lid_gap(gap: float):
    assert eye_aspect_ratio(EYE * (1.0, gap)) == pytest.approx(gap * 8 / 30)


@given(st.floats(0.0, 2.0), moves)
def test_the_lip_ratio_is_the_mean_gap_over_the_width_in_any_place(
    gap: float, move: tuple[float, float, float, float]
):
    lips = moved(LIPS * (1.0, gap), move)
    assert lip_ratio(lips) == pytest.approx(gap * (6 + 12 + 6) / 3 / 40, rel=1e-6, abs=1e-7)


def test_a_contour_without_width_measures_nothing():
    assert eye_aspect_ratio(np.zeros((6, 2))) is None
    assert lip_ratio(np.zeros((8, 2))) is None


def test_a_part_that_is_not_seen_measures_nothing(shape: FaceShape):
    hidden = replace(shape, left_eye=None, inner_lips=None)
    left, right = measure_eyes(hidden)
    assert left is None
    assert right is not None
    assert measure_mouth(hidden) is None


def test_a_smiling_face_with_open_eyes_reads_as_that(shape: FaceShape):
    left, right = measure_eyes(shape)
    mouth = measure_mouth(shape)
    assert left is not None
    assert right is not None
    assert mouth is not None
    assert 0.2 < left < 0.4
    assert 0.2 < right < 0.4
    assert 0.02 < mouth < 0.4
