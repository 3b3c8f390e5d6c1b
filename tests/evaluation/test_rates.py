"""Intervals: against published values, and laws."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.evaluation.rates import by_recording, poisson_upper, wilson


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    # Newcombe 1998, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_of_a_share_is_wilsons(hits: int, total: int, low: float, high: float) -> None:
    assert wilson(hits, total) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 500).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_the_interval_holds_the_share_and_mirrors(case: tuple[int, int]) -> None:
    hits, total = case
    low, high = wilson(hits, total) or (math.nan, math.nan)
    assert 0.0 <= low <= hits / total <= high <= 1.0
    assert wilson(total - hits, total) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_no_trial_has_no_interval_and_more_hits_than_trials_are_refused() -> None:
    assert wilson(0, 0) is None
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)


@pytest.mark.parametrize(("count", "bound"), [(0, 2.9957), (1, 4.7439), (2, 6.2958), (10, 16.9622)])
def test_the_bound_of_a_count_is_garwoods(count: int, bound: float) -> None:
    assert poisson_upper(count) == pytest.approx(bound, abs=1e-4)


@given(st.integers(0, 300))
def test_the_bound_of_a_count_is_above_it_and_grows(count: int) -> None:
    assert count < poisson_upper(count) < poisson_upper(count + 1)


def test_recordings_are_drawn_whole() -> None:
    # ten events of two drives, all or none found in each: as events narrow, as drives anything from 0 to 1
    assert by_recording([5, 0], [5, 5]) == (0.0, 1.0)
    assert by_recording([5, 5, 5], [5, 5, 5]) == (1.0, 1.0)


def test_one_recording_says_nothing_about_others() -> None:
    assert by_recording([3], [4]) is None
    assert by_recording([3, 0], [4, 0]) is None
