"""What is learned to be normal, and what never is."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivermon.config import Settings
from drivermon.interpretation.baseline import Baseline
from drivermon.messages import FaceMeasurement
from drivermon.simulation.play import NOISELESS
from tests.drives import unseen
from tests.interpretation.reading import OPEN, SHUT, at, face, played, states


def baseline() -> Baseline:
    everything = Settings()
    return Baseline(everything.baseline, everything.distraction, everything.drowsiness.visible)


def measured(t: float, **how: float) -> FaceMeasurement:
    part = face(t, **how).face  # type: ignore[arg-type]
    assert part is not None
    return part


def openness_after(learned: Baseline, t: float, openness: float = 1.0, pitch: float = 0.0) -> float:
    value = learned.read(t, measured(t, openness=openness, pitch=pitch)).openness
    assert value is not None
    return value


def taught(seconds: float, **how: float) -> Baseline:
    learned = baseline()
    for k in range(round(seconds * 10)):
        learned.read(k / 10, measured(k / 10, **how))
    return learned


def test_it_is_learning_until_enough_was_seen() -> None:
    found = states(played("length 40 s"))
    assert at(found, 10.0).baseline == "learning"
    assert at(found, 25.0).baseline == "ready"
    assert states([unseen(0.0)])[0].baseline is None


@settings(max_examples=20)
@given(st.floats(0.55, 1.4))
def test_the_own_opening_counts_as_open(share: float) -> None:
    assert openness_after(taught(40, openness=share), 40.0, share) == pytest.approx(1.0, abs=0.08)


def test_lids_that_sink_later_do_not_become_normal() -> None:
    learned = taught(60)
    for k in range(36_000):
        learned.read(60 + k / 10, measured(60 + k / 10, openness=0.45))
    assert openness_after(learned, 3700.0, 0.45) < 0.5


def test_a_level_may_rise() -> None:
    learned = taught(40, openness=0.7)
    for k in range(3000):
        learned.read(40 + k / 10, measured(40 + k / 10, openness=1.2))
    assert openness_after(learned, 341.0, 0.7) < 0.65


def test_shut_eyes_are_never_learned_to_be_open() -> None:
    assert openness_after(taught(120, openness=0.0), 120.0, 0.0) == 0.0
    assert openness_after(taught(120, openness=0.25), 120.0, 0.25) == pytest.approx(0.25, abs=0.01)


def test_levels_stay_near_the_populations() -> None:
    narrow = openness_after(taught(60, openness=0.35), 60.0, 0.35)
    assert narrow == pytest.approx(0.35 * (OPEN - SHUT) / (0.55 * OPEN - SHUT), abs=0.02)


def test_a_shut_eye_is_learned_from_blinks() -> None:
    noise = replace(NOISELESS, shut_ratio=0.07, open_ratio=0.25)
    script = "length 120 s\nt = 5 to 95 every 3 s blink 150 ms\nt = 100 eyes closed for 5 s"
    # 0.07 reads as 0.18 of the opening before, and as nothing after
    found = states(played(script, 30, noise))
    assert at(found, 104.0).eyes_closed_s == pytest.approx(4.0, abs=0.15)


def test_the_own_straight_ahead_is_learned_off_the_axis() -> None:
    found = states(played("length 60 s\ncamera yaw 35 deg pitch 8 deg\nt = 40 look left for 4 s"))
    assert {state.attention for state in found if state.t < 38} == {"forward"}
    assert at(found, 42.0).attention == "away"


@pytest.mark.parametrize("target", ["lap", "down", "passenger"])
def test_looking_into_the_lap_is_never_normal(target: str) -> None:
    found = states(played(f"length 400 s\nt = 0 look {target} for 300 s\nt = 350 look {target} for 20 s"))
    assert at(found, 290.0).attention == "away"
    assert at(found, 340.0).attention == "forward"
    assert at(found, 360.0).attention == "away"


@given(st.floats(1.6, 30.0), st.floats(1.6, 6.0), st.sampled_from([-42.0, -35.0, 30.0, 42.0]))
def test_a_look_away_is_never_straight_ahead_however_early(ahead_s: float, look_s: float, yaw: float) -> None:
    events = [face(k / 15, yaw=yaw * (k / 15 > ahead_s)) for k in range(math.ceil((ahead_s + look_s) * 15))]
    last = states(events)[-1]
    assert last.attention == "away"
    assert last.away_s == pytest.approx(last.t - ahead_s, abs=0.1)


def test_who_begins_with_a_look_to_an_off_axis_camera_is_not_away_for_long() -> None:
    found = states([face(k / 15, yaw=-30.0 * (k / 15 > 1.5)) for k in range(900)])
    assert at(found, 10.0).attention == "forward"
    assert at(found, 59.0).attention == "forward"


def test_another_driver_is_learned_anew_after_the_seat_was_empty() -> None:
    script = "length 120 s\n{}t = 40 leaves for 30 s"
    assert at(states(played(script.format(""))), 72.0).baseline == "learning"
    moving = states(played(script.format("signal speed 80\n")))
    assert at(moving, 72.0).baseline == "ready"


def test_another_scheme_of_landmarks_is_another_scale() -> None:
    learned = taught(40)
    assert learned.stage == "ready"
    learned.read(40.0, measured(40.0).model_copy(update={"scheme": "dlib68"}))
    assert learned.stage == "learning"
