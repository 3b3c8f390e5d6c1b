"""The times of a recording: mended where the file has none, and filled where pictures are missing."""

import logging
import math
import statistics
from collections import deque
from collections.abc import Iterable, Iterator

from drivermon.events import TIME_DECIMALS, Frame, Gap, GapCause
from drivermon.sources.source import GAP_PERIOD_S

DEFAULT_INTERVAL_S = 1 / 30
"""Taken between pictures when a file states no rate."""

GAP_RATIO = 3.0
"""Pictures are missing where the interval is this many times the usual one; a slow recording has no gaps."""

REMEMBERED_INTERVALS = 31
"""How many intervals the usual one is the median of: about a second of video."""

logger = logging.getLogger(__name__)


class MediaTime:
    """Presentation times that never go backwards.

    A time that the file gives is kept as it is. A missing one, and one before the picture
    before it (two recordings joined, a damaged header), becomes one interval after it.
    """

    def __init__(self, interval_s: float, where: str) -> None:
        """Start before the first picture; `where` names the file in the log."""
        self._interval_s = interval_s
        self._where = where
        self._last: float | None = None
        self._mended = 0

    def after(self, t: float | None) -> float:
        """Return the time of the next picture, in seconds, for the time `t` that the file gives."""
        last = self._last
        # compared as rounded, or a repeated time could seem to go back
        t = None if t is None else round(t, TIME_DECIMALS)
        if t is None or (last is not None and t < last):
            t = 0.0 if last is None else round(last + self._interval_s, TIME_DECIMALS)
            self._count_mended(t)
        self._last = t
        return t

    def _count_mended(self, t: float) -> None:
        self._mended += 1
        if self._mended == 1:
            logger.warning(
                "%s: a presentation time is missing or goes back at %.3f s; "
                "this and any later one is taken as %.4f s after the picture before it",
                self._where,
                t,
                self._interval_s,
            )


def with_gaps(frames: Iterable[Frame], interval_s: float) -> Iterator[Frame | Gap]:
    """Yield `frames`, and a `Gap` (lost) every `GAP_PERIOD_S` where pictures are missing in between.

    They are missing where the time jumps by more than `GAP_PERIOD_S` and by more than
    `GAP_RATIO` times the usual interval: the median of the last ones, `interval_s` before any.
    """
    intervals: deque[float] = deque(maxlen=REMEMBERED_INTERVALS)
    last: float | None = None
    for frame in frames:
        if last is not None:
            interval = frame.t - last
            if interval > GAP_PERIOD_S:
                usual = statistics.median(intervals) if intervals else interval_s
                if interval > GAP_RATIO * usual:
                    yield from gaps_between(last, frame.t, GapCause.LOST)
            intervals.append(interval)
        last = frame.t
        yield frame


def gaps_between(start: float, end: float, cause: GapCause) -> Iterator[Gap]:
    """Yield a gap every `GAP_PERIOD_S` after `start` and before `end`, in seconds."""
    count = math.ceil(round((end - start) / GAP_PERIOD_S, TIME_DECIMALS)) - 1
    for step in range(1, count + 1):
        yield Gap(round(start + step * GAP_PERIOD_S, TIME_DECIMALS), cause)
