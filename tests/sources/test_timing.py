"""Times of recordings, gaps where pictures are missing, and pictures that stand still."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.events import Frame, Gap, GapCause
from drivermon.messages import Event
from drivermon.sources.frozen import with_frozen
from drivermon.sources.orientation import upright
from drivermon.sources.source import GAP_PERIOD_S
from drivermon.sources.timing import MediaTime, with_gaps
from tests.sources.videos import frames_of, gaps_of, picture


def frames(times: Sequence[float], pictures: Sequence[int] | None = None) -> Iterator[Frame]:
    numbers = range(len(times)) if pictures is None else pictures
    for index, (t, number) in enumerate(zip(times, numbers, strict=True)):
        yield Frame(picture(number, 16, 12), t, index, "test")


def mended(times: Sequence[float | None], interval_s: float = 0.04) -> list[float]:
    clock = MediaTime(interval_s, "test")
    return [clock.after(t) for t in times]


def test_good_times_are_kept_even_when_repeated_or_negative() -> None:
    assert mended([-0.5, 0.0, 0.033333333, 0.033333333, 7.0]) == [-0.5, 0.0, 0.033333, 0.033333, 7.0]


def test_missing_times_follow_the_rate() -> None:
    assert mended([None, None, None, 0.5]) == pytest.approx([0.0, 0.04, 0.08, 0.5])


def test_a_clock_that_starts_anew_goes_on() -> None:
    assert mended([5.0, 5.04, 0.0, 0.04]) == pytest.approx([5.0, 5.04, 5.08, 5.12])


@given(st.lists(st.none() | st.floats(-100, 100), max_size=30), st.floats(0.001, 2.0))
def test_times_never_go_back(times: list[float | None], interval_s: float) -> None:
    assert all(a <= b for a, b in pairwise(mended(times, interval_s)))


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=20), st.floats(0.01, 0.2))
def test_time_goes_on_in_every_gap(steps_ms: list[int], interval_s: float) -> None:
    times = [float(t) for t in np.cumsum([0, *steps_ms]) / 1000]
    events = list(with_gaps(frames(times), interval_s))
    assert [frame.t for frame in frames_of(events)] == times
    assert all(a.t < b.t for a, b in pairwise(events))
    for before, after in pairwise(events):
        if isinstance(before, Gap) or isinstance(after, Gap):
            assert after.t - before.t <= GAP_PERIOD_S + 1e-6


def test_gaps_count_against_the_usual_interval() -> None:
    assert gaps_of(with_gaps(frames([0.0, 0.6]), 1 / 30)) == [Gap(0.5, GapCause.LOST)]
    assert gaps_of(with_gaps(frames([0.0, 0.6]), 0.5)) == []
    slow_then_stuck = [0.0, 1.0, 2.0, 3.0, 6.5]
    assert [gap.t for gap in gaps_of(with_gaps(frames(slow_then_stuck), 1.0))] == [
        3.5,
        4.0,
        4.5,
        5.0,
        5.5,
        6.0,
    ]


def test_pictures_that_differ_are_never_frozen() -> None:
    events = list(with_frozen(frames([n / 30 for n in range(90)]), 1.0))
    assert len(events) == 90


def test_a_gap_follows_each_picture_that_has_stood_still_too_long() -> None:
    times = [n * 0.25 for n in range(12)]
    pictures = [0, 1, 1, 1, 1, 1, 1, 1, 2, 3, 3, 4]
    events = list(with_frozen(frames(times, pictures), 1.0))
    assert gaps_of(events) == [Gap(t, GapCause.FROZEN) for t in (1.25, 1.5, 1.75)]
    assert [frame.t for frame in frames_of(events)] == times
    for before, after in pairwise(events):
        if isinstance(after, Gap):
            assert isinstance(before, Frame)
            assert before.t == after.t


def test_a_smaller_picture_is_another_picture() -> None:
    stream: list[Event] = [Frame(picture(1, 16, 12), 0.0, 0, "a"), Frame(picture(1, 12, 16), 2.0, 1, "a")]
    assert list(with_frozen(iter(stream), 1.0)) == stream


def test_other_events_pass_a_frozen_stretch_untouched() -> None:
    lost = Gap(0.5, GapCause.LOST)
    first, second = frames([0.0, 1.0], [1, 1])
    events = list(with_frozen(iter([first, lost, second]), 1.0))
    assert events == [first, lost, second, Gap(1.0, GapCause.FROZEN)]


@pytest.mark.parametrize(
    ("rotate_deg", "corner"), [(0, (0, 0)), (90, (0, -1)), (180, (-1, -1)), (270, (-1, 0))]
)
def test_a_camera_mounted_askew_is_turned_clockwise(rotate_deg: int, corner: tuple[int, int]) -> None:
    frame = Frame(picture(0), 0.0, 0, "camera")
    gap = Gap(0.1, GapCause.LOST)
    turned, passed = upright(iter([frame, gap]), rotate_deg, mirror=False)
    assert isinstance(turned, Frame)
    assert turned.image[corner].mean() == 255
    assert turned.image.flags.c_contiguous
    assert (turned.t, turned.index, turned.source) == (0.0, 0, "camera")
    assert passed is gap


def test_a_mirrored_picture_is_turned_back_before_it_is_rotated() -> None:
    frame = Frame(picture(0), 0.0, 0, "camera")
    (turned,) = upright(iter([frame]), 90, mirror=True)
    assert isinstance(turned, Frame)
    assert turned.image[-1, -1].mean() == 255


def test_a_live_source_gives_gaps_in_place_of_frozen_pictures() -> None:
    still = [Frame(np.zeros((4, 4), np.uint8), n / 10, n, "camera") for n in range(12)]
    events = list(with_frozen(iter(still), 1.0, keep=False))
    assert events[:10] == still[:10]
    assert events[10:] == [Gap(1.0, GapCause.FROZEN), Gap(1.1, GapCause.FROZEN)]
