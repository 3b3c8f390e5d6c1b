"""PERCLOS against a count of every hundredth second."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivermon.interpretation.lasting import Span
from drivermon.interpretation.perclos import LONGEST_WINDOW_S, Perclos
from tests.interpretation.reading import at, played, states

STEP_S = 0.01


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.floats(0.05, 4.0), st.booleans(), st.booleans()), min_size=1, max_size=120),
    st.sampled_from([60.0, 180.0]),
    st.floats(0.0, 1e6),
)
def test_the_share_is_that_of_a_count_of_every_moment(
    stretches: list[tuple[float, bool, bool]], window_s: float, begin: float
) -> None:
    perclos, t = Perclos(), begin
    seen, closed = [], []
    for length_s, is_seen, is_closed in stretches:
        span = Span(t, t + length_s)
        count = round(length_s / STEP_S)
        if is_seen:
            perclos.see(span)
            if is_closed:
                perclos.close(span, 0.25)
        counted = is_seen and is_closed and length_s >= 0.25
        seen += [is_seen] * count
        closed += [counted] * count
        t += length_s
    inside = round(window_s / STEP_S)
    seen_s, closed_s = (np.sum(one[-inside:]) * STEP_S for one in (seen, closed))
    share = perclos.share(t, window_s)
    if share is not None:
        assert share == pytest.approx(closed_s / seen_s, abs=0.03)
    elif seen_s > 0:
        assert seen_s < window_s / 2 + 1.5


def test_memory_is_bounded_and_can_be_kept() -> None:
    perclos = Perclos()
    for k in range(36_000):
        perclos.see(Span(k / 10, (k + 1) / 10))
        perclos.close(Span(k / 10, (k + 1) / 10), 0.0)
    assert len(perclos.seen) <= LONGEST_WINDOW_S + 2
    assert perclos.share(3600.0, 180.0) == pytest.approx(1.0)
    assert len(json.dumps(asdict(perclos))) < 10_000


def test_blinks_are_no_part_of_it() -> None:
    found = states(played("length 90 s\nt = 5 to 85 every 1 s blink 150 ms"))
    assert found[-1].perclos_60 == 0.0
    assert found[-1].blinks == 81


@pytest.mark.parametrize("fps", [10, 15, 30, 60])
def test_longer_closures_are(fps: float) -> None:
    found = states(played("length 130 s\nt = 5 to 125 every 5 s eyes closed for 0.5 s", fps))
    assert found[-1].perclos_60 == pytest.approx(0.1, abs=0.015)
    assert at(found, 29.5).perclos_60 is None
    assert at(found, 30.6).perclos_60 == pytest.approx(0.1, abs=0.015)
    assert at(found, 89.0).perclos_180 is None
    assert at(found, 91.0).perclos_180 == pytest.approx(0.1, abs=0.015)


def test_time_without_usable_eyes_is_in_neither_part() -> None:
    found = states(played("length 80 s\nt = 2 to 28 every 2 s eyes closed for 0.5 s\nt = 30 leaves for 50 s"))
    assert at(found, 55.0).perclos_60 is None or at(found, 55.0).perclos_60 == pytest.approx(0.25, abs=0.03)
    assert found[-1].perclos_60 is None
