"""Conditions with two levels, and the instants at which they were crossed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.interpretation.lasting import Lasting, Limits, Span

LIMITS = Limits(enter=1.0, leave=0.5, confirm_s=0.2)


def ramp(t: float) -> float:
    """0 until 1 s, 2 from 2 s on, 0 again from 5 s on; straight lines between."""
    if t < 4:
        return min(2.0, max(0.0, 2.0 * (t - 1.0)))
    return max(0.0, 2.0 - 2.0 * (t - 4.0))


@given(st.lists(st.floats(0.02, 0.3), min_size=60, max_size=60))
def test_crossings_do_not_depend_on_when_frames_come(intervals: list[float]) -> None:
    lasting, t, spans = Lasting(), 0.0, []
    for interval in intervals:
        t += interval
        span = lasting.step(t, ramp(t), LIMITS)
        spans += [span] if span else []
    if t > 5.3:
        assert len(spans) == 1
        # the corner of a ramp may lie between two frames
        assert spans[0].start == pytest.approx(1.5, abs=0.12)
        assert spans[0].end == pytest.approx(4.75, abs=0.12)


def test_a_flicker_ends_nothing() -> None:
    lasting = Lasting()
    for k in range(40):
        assert lasting.step(k / 10, 0.0 if k in (5, 20) else 2.0, LIMITS) is None
    assert lasting.held_s(3.9) == pytest.approx(3.9)


def test_an_end_in_doubt_stops_the_count_until_it_is_taken_back() -> None:
    lasting = Lasting()
    for t, value in [(0.0, 2.0), (1.0, 2.0), (1.1, 0.0)]:
        lasting.step(t, value, LIMITS)
    assert lasting.held_s(1.15) == pytest.approx(1.075)
    lasting.step(1.2, 2.0, LIMITS)
    assert lasting.held_s(1.2) == pytest.approx(1.2)


def test_what_lingers_between_the_levels_has_ended_when_it_came_there() -> None:
    limits = Limits(enter=1.0, leave=0.5, doubt_s=0.5)
    lasting, ended = Lasting(), None
    for k in range(30):
        ended = ended or lasting.step(k / 10, 2.0 if k < 10 else 0.75, limits)
    assert ended is not None
    assert ended.end == pytest.approx(0.98, abs=0.01)


def test_between_frames_far_apart_lids_move_in_the_middle() -> None:
    lasting = Lasting()
    lasting.step(0.0, 0.0, Limits(enter=1.0, leave=0.5, travel_s=0.1))
    lasting.step(1.0, 2.0, Limits(enter=1.0, leave=0.5, travel_s=0.1))
    assert lasting.since == pytest.approx(0.5)


def test_what_is_forgotten_has_no_end() -> None:
    lasting = Lasting()
    lasting.step(0.0, 2.0, LIMITS)
    lasting.forget()
    assert lasting.step(1.0, 0.0, LIMITS) is None
    assert lasting.held_s(1.0) == 0.0
    assert Span(1.0, 3.5).length_s == 2.5
