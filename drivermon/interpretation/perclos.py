"""PERCLOS: the share of time with eyes closed, over a minute and over three, in bounded memory.

Wierwille et al. 1994 (P80). Closures as short as blinks are no part of it, and time in which no eye
could be judged stands in neither part of the fraction.
"""

import math
from dataclasses import dataclass, field

from drivermon.interpretation.lasting import Span
from drivermon.memory import STRICT

LONGEST_WINDOW_S = 180
VALID_SHARE = 0.5
"""Less of a window that was seen gives no share."""


@dataclass(slots=True)
class Perclos:
    """Seconds seen and seconds closed of each whole second of the last three minutes; to be kept.

    Attributes:
        first: number of the first second that is kept.
        seen: seconds in which the eyes were judged, of each second from `first` on.
        closed: seconds of closures that count, likewise.
        counted_to: until when the present closure has been counted.

    """

    __pydantic_config__ = STRICT
    first: int = 0
    seen: list[float] = field(default_factory=list)
    closed: list[float] = field(default_factory=list)
    counted_to: float = 0.0

    def see(self, span: Span) -> None:
        """Count time in which the eyes were judged."""
        self._add(span, self.seen)

    def close(self, span: Span, least_s: float) -> None:
        """Count a closure that goes on or has ended, once it is at least `least_s` long."""
        if span.length_s >= least_s:
            self._add(Span(max(span.start, self.counted_to), span.end), self.closed)
            self.counted_to = max(self.counted_to, span.end)

    def share(self, t: float, window_s: float) -> float | None:
        """Return the share of the window before `t`, 0 to 1; `None` while less than half of it was seen."""
        start = t - window_s
        place = max(0, math.floor(start) - self.first)
        inside = min(1.0, self.first + place + 1 - start)
        seen_s, closed_s = (
            inside * cells[place] + sum(cells[place + 1 :]) if place < len(cells) else 0.0
            for cells in (self.seen, self.closed)
        )
        return min(1.0, closed_s / seen_s) if seen_s >= VALID_SHARE * window_s else None

    def _add(self, span: Span, cells: list[float]) -> None:
        if span.length_s <= 0.0:
            return
        self._reach(math.floor(span.end))
        for second in range(max(self.first, math.floor(span.start)), math.floor(span.end) + 1):
            length_s = min(span.end, second + 1) - max(span.start, second)
            cells[second - self.first] = min(1.0, cells[second - self.first] + length_s)

    def _reach(self, second: int) -> None:
        """Make room up to `second` and let go of what is older than the longest window."""
        if second - self.first - len(self.seen) > LONGEST_WINDOW_S:
            self.seen.clear()
            self.closed.clear()
        if not self.seen:
            self.first = second - 1
        more = [0.0] * (second + 1 - self.first - len(self.seen))
        old = max(0, second - LONGEST_WINDOW_S - 1 - self.first)
        for cells in (self.seen, self.closed):
            cells.extend(more)
            del cells[:old]
        self.first += old
