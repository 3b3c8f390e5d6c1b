"""A drive as observations, without pictures."""

import math
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivermon.errors import SimulationError
from drivermon.events import Gap, GapCause, VehicleSignal
from drivermon.messages import Event, Eyes, Message, Observation, Pose
from drivermon.simulation.drive.view import _angles, _rotations
from drivermon.simulation.geometry import angles_of, rotation_matrix
from drivermon.simulation.play import (
    HOG_68,
    NOISELESS,
    load_script,
    named_scripts,
    parse_script,
    play_observations,
)

Part = TypeVar("Part", bound=Message)


def events(lines: str, fps: float = 10, **how: object) -> list[Event]:
    return list(play_observations(parse_script("length 20 s\nstill\n" + lines), fps, **how))  # type: ignore[arg-type]


def observations(lines: str, fps: float = 10, **how: object) -> list[Observation]:
    return [
        event for event in events(lines, fps, **{"noise": NOISELESS, **how}) if isinstance(event, Observation)
    ]


def measured(part: Part | None) -> Part:
    assert part is not None
    return part


def at(found: list[Observation], t: float) -> Observation:
    return next(observation for observation in found if observation.t >= t - 1e-9)


@settings(max_examples=30)
@given(st.sampled_from(sorted(named_scripts())), st.sampled_from([7, 10, 15, 24, 30, 60]), st.integers(0, 9))
def test_time_never_goes_back_and_gaps_fill_the_silence(name: str, fps: float, seed: int) -> None:
    script = load_script(name)
    last = index = 0.0
    news = 0.0
    for event in play_observations(script, fps, seed=seed):
        assert event.t >= last
        last = event.t
        if isinstance(event, Observation):
            assert event.index == index
            index += 1
        if not isinstance(event, VehicleSignal):
            # 30 % of the frames may be dropped, never so many that nothing comes for long
            assert event.t - news <= max(0.5, 12 / fps) + 1e-6
            news = event.t
    assert script.length_s - news <= 0.5 + 12 / fps


def test_the_same_seed_gives_the_same_observations() -> None:
    script = load_script("demo")
    first, again = (list(play_observations(script, 15, seed=3)) for _ in range(2))
    assert first == again
    assert first != list(play_observations(script, 15, seed=4))


def test_observations_are_rounded_like_those_on_the_wire() -> None:
    for event in events("signal speed 80\nt = 5 yawn 4 s", noise=HOG_68):
        if isinstance(event, Observation):
            assert Observation.model_validate_json(event.model_dump_json()) == event


def test_other_frame_rates_sample_the_same_drive() -> None:
    script = load_script("head_turns")
    slow, fast = ({event.t: event for event in play_observations(script, fps, NOISELESS)
                   if isinstance(event, Observation)} for fps in (10, 30))  # fmt: skip
    shared = sorted(slow.keys() & fast.keys())
    assert len(shared) == 600
    for t in shared:
        assert slow[t].face == fast[t].face


def test_what_is_scripted_is_what_is_measured() -> None:
    found = observations(
        "t = 2 eyes closed for 2 s\nt = 6 yawn 3 s\nt = 11 head yaw 30 pitch -10 roll 8 for 2 s\n"
        "t = 15 expression anger for 3 s"
    )
    calm, shut, yawning, turned, angry = (measured(at(found, t).face) for t in (1, 3, 7.5, 12, 16.5))
    assert calm.eyes == Eyes(left=0.285, right=0.285)
    assert shut.eyes == Eyes(left=0.03, right=0.03)
    assert calm.mouth == 0
    assert yawning.mouth == pytest.approx(0.95 * NOISELESS.open_mouth)
    assert turned.pose == Pose(yaw=30, pitch=-10, roll=8)
    assert measured(calm.probabilities).neutral > 0.7
    assert measured(angry.probabilities).anger > 0.85


@pytest.mark.parametrize("grade", [0.6, 0.8, 1.0])
def test_a_strong_expression_is_measured_with_confidence(grade: float) -> None:
    found = observations(f"t = 5 expression sadness {grade} for 5 s", noise=NOISELESS)
    probabilities = measured(measured(at(found, 7.5).face).probabilities)
    assert probabilities.sadness > 0.5
    assert math.isclose(sum(probabilities.vector()), 1, abs_tol=5e-4)


def test_no_face_is_measured_where_none_is() -> None:
    found = observations("t = 3 leaves for 4 s\nt = 10 camera covered for 3 s\nt = 15 hand over face for 3 s")
    faces = {t: at(found, t).face is not None for t in (1, 5, 8.5, 11.5, 14, 16.5, 19)}
    assert faces == {1: True, 5: False, 8.5: True, 11.5: False, 14: True, 16.5: False, 19: True}
    covered, bare = (measured(at(found, t).picture) for t in (11.5, 1))
    assert covered.contrast < 1.0 < bare.contrast
    assert covered.brightness < bare.brightness / 4


def test_a_face_path_loses_what_it_cant_follow() -> None:
    script = "t = 3 head yaw 60 for 4 s"
    assert at(observations(script), 5).face is not None
    assert at(observations(script, noise=HOG_68), 5).face is None


def test_the_far_eye_of_a_profile_and_eyes_behind_dark_lenses_are_unsure() -> None:
    turned = measured(at(observations("t = 3 head yaw 70 for 4 s"), 5).face)
    dark = measured(at(observations("driver seed 3 sunglasses"), 5).face)
    assert turned.eyes_visible == Eyes(left=0.05, right=0.97)
    assert dark.eyes_visible == Eyes(left=0.05, right=0.05)


def test_what_a_new_driver_wears_counts_from_the_change_on() -> None:
    found = observations("driver plain\nt = 5 leaves for 4 s\nt = 7 driver plain sunglasses mask")
    first, second = (measured(at(found, t).face) for t in (3, 12))
    assert first.eyes_visible == Eyes(left=0.97, right=0.97)
    assert first.mouth is not None
    assert second.eyes_visible == Eyes(left=0.05, right=0.05)
    assert second.mouth is None


def test_an_off_axis_camera_sees_a_driver_who_looks_ahead_turned() -> None:
    face = measured(at(observations("camera yaw 20 deg pitch 10 deg"), 5).face)
    assert measured(face.pose).yaw == pytest.approx(-20, abs=1.5)
    assert 220 < face.box[0] + face.box[2] / 2 < 420


def test_gaps_come_at_once_and_every_half_second() -> None:
    found = events("t = 5.2 camera lost for 1.3 s\nt = 10 camera frozen for 0.4 s\nt = 18 camera hung")
    gaps = [event for event in found if isinstance(event, Gap)]
    assert [gap.t for gap in gaps] == [5.2, 5.7, 6.2, 10.0, 18.0, 18.5, 19.0, 19.5]
    assert [gap.cause for gap in gaps] == [GapCause.LOST] * 3 + [GapCause.FROZEN] + [GapCause.HUNG] * 4
    for event in found:
        if isinstance(event, Observation):
            assert not 5.2 <= event.t < 6.5
            assert not event.t >= 18


def test_signals_come_in_their_place_and_before_the_frame_of_their_time() -> None:
    found = events("signal speed 50\nt = 3 signal gear D\nt = 3 signal speed unknown")
    assert isinstance(found[0], VehicleSignal)
    place = found.index(VehicleSignal(3.0, "gear", "D"))
    assert found[place + 1] == VehicleSignal(3.0, "speed", None)
    assert found[place + 2].t == 3.0
    assert found[place - 1].t == 2.9


def test_the_scripted_share_of_frames_is_dropped() -> None:
    found = observations("t = 5 drop frames 30 % for 10 s", fps=60)
    during = sum(5 <= observation.t < 15 for observation in found)
    assert 0.62 * 600 < during < 0.78 * 600
    assert sum(observation.t < 5 for observation in found) == 300


@pytest.mark.parametrize("fps", [0, -5, math.nan, math.inf, 1000])
def test_impossible_frame_rates_are_refused(fps: float) -> None:
    with pytest.raises(SimulationError, match="fps"):
        list(play_observations(parse_script("length 1 s"), fps))


@given(st.lists(st.tuples(*[st.floats(-80, 80)] * 3), min_size=1, max_size=5))
def test_angles_of_many_moments_are_those_of_the_renderer(angles: list[tuple[float, float, float]]) -> None:
    many = np.array(angles)
    matrices = _rotations(*many.T)
    for matrix, one in zip(matrices, angles, strict=True):
        np.testing.assert_allclose(matrix, rotation_matrix(*one), atol=1e-6)
        np.testing.assert_allclose(angles_of(matrix), one, atol=1e-4)
    np.testing.assert_allclose(np.column_stack(_angles(matrices)), many, atol=1e-6)
