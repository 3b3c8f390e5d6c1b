"""Presence, view and vehicle signals over time."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.config import Settings
from drivermon.events import Gap, GapCause, VehicleSignal
from drivermon.interpretation import Interpreter
from drivermon.messages import DriverState, Observation
from tests.drives import COVERED_PICTURE, DARK_PICTURE, GOOD_PICTURE, at, lost, seen, unseen


def states(events: Iterable[Observation | Gap | VehicleSignal]) -> list[DriverState]:
    """Interpret a whole drive."""
    interpreter = Interpreter(Settings())
    return [interpreter.step(event) for event in events]


@given(st.sampled_from([5, 10, 15, 30, 60]))
def test_time_without_a_face_counts_from_the_last_face(fps: int) -> None:
    last = states(at(fps, 6.0, lambda t: seen(t) if t < 2.0 else unseen(t)))[-1]
    assert not last.seen
    assert last.not_seen_s == pytest.approx(4.0, abs=1 / fps + 1e-6)


def test_a_driver_who_never_came_is_not_seen_from_the_start() -> None:
    assert states(at(10, 4.0, unseen))[-1].not_seen_s == pytest.approx(4.0)


def test_a_lost_camera_does_not_start_the_not_seen_timer() -> None:
    last = states(at(10, 20.0, lambda t: seen(t) if t < 2.0 else lost(t) if t < 19.0 else unseen(t)))[-1]
    assert last.not_seen_s == pytest.approx(1.1, abs=0.11)


def test_a_face_lost_just_before_the_view_went_bad_is_no_absent_driver() -> None:
    def event(t: float) -> Observation:
        return seen(t) if t < 2.0 else unseen(t) if t < 2.8 else unseen(t, DARK_PICTURE)

    assert states(at(10, 12.0, event))[-1].not_seen_s == pytest.approx(0.0, abs=0.11)


def test_a_lost_camera_does_not_stop_a_running_not_seen_timer() -> None:
    last = states(at(10, 12.0, lambda t: seen(t) if t < 1.0 else unseen(t) if t < 3.0 else lost(t)))[-1]
    assert last.not_seen_s == pytest.approx(11.1, abs=0.11)


@pytest.mark.parametrize("cause", list(GapCause))
def test_a_gap_degrades_the_view_by_its_cause_and_a_frame_mends_it(cause: GapCause) -> None:
    result = states([seen(0.0), lost(0.1, cause), lost(0.6, cause), seen(2.0)])
    assert [state.degraded for state in result] == [None, cause.value, cause.value, None]
    assert [state.degraded_s for state in result] == pytest.approx([0.0, 0.1, 0.6, 0.0])


def test_frames_of_a_frozen_picture_do_not_mend_the_view() -> None:
    result = states([seen(0.0), seen(1.0), lost(1.0, GapCause.FROZEN), seen(1.1), seen(1.5), seen(1.7)])
    assert [state.degraded for state in result] == [None, None, "frozen", "frozen", "frozen", None]


@pytest.mark.parametrize(("picture", "cause"), [(DARK_PICTURE, "dark"), (COVERED_PICTURE, "covered")])
def test_a_dark_or_covered_picture_degrades_the_view(picture: object, cause: str) -> None:
    assert states([unseen(0.0, picture)])[0].degraded == cause  # type: ignore[arg-type]


def test_a_face_that_is_measured_proves_the_view() -> None:
    observation = seen(0.0).model_copy(update={"picture": DARK_PICTURE})
    assert states([observation])[0].degraded is None


def test_brightness_between_the_two_limits_keeps_what_was() -> None:
    between = GOOD_PICTURE.model_copy(update={"brightness": 18.0})
    assert states([unseen(0.0, between)])[0].degraded is None
    assert states([unseen(0.0, DARK_PICTURE), unseen(0.1, between)])[1].degraded == "dark"


def test_speed_is_known_once_the_vehicle_tells_it_and_unknown_is_a_value() -> None:
    result = states(
        [
            seen(0.0),
            VehicleSignal(0.1, "speed", 80),
            seen(0.2),
            VehicleSignal(0.3, "speed", None),
            VehicleSignal(0.4, "speed", "fast"),
            VehicleSignal(0.5, "speed", True),
        ]
    )
    assert [state.speed_kmh for state in result] == [None, 80, 80, None, None, None]


def test_a_signal_lets_time_go_on_but_says_nothing_of_the_face() -> None:
    result = states([seen(0.0), VehicleSignal(5.0, "speed", 80)])
    assert result[1].seen
    result = states([unseen(0.0), VehicleSignal(5.0, "speed", 80)])
    assert result[1].not_seen_s == pytest.approx(5.0)


def test_what_is_not_measured_is_none() -> None:
    state = states([seen(0.0)])[0]
    unmeasured = (state.eyes_closed_s, state.perclos_60, state.perclos_180, state.yawning, state.yawns)
    assert unmeasured == (None,) * 5
    assert (state.blinks, state.attention, state.buffer_s, state.baseline) == (None,) * 4
