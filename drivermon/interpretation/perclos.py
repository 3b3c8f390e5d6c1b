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
        seconds: number of the second, seconds seen in it, seconds closed in it; ascending.
        counted_to: until when closed time of the present closure has been counted.

    """

    __pydantic_config__ = STRICT
    seconds: list[tuple[int, float, float]] = field(default_factory=list)
    counted_to: float = 0.0

    def see(self, span: Span) -> None:
        """Count time in which the eyes were judged."""
        self._add(span, 0)

    def close(self, span: Span, least_s: float) -> None:
        """Count a closure that goes on or has ended, once it is at least `least_s` long."""
        if span.length_s >= least_s:
            self._add(Span(max(span.start, self.counted_to), span.end), 1)
            self.counted_to = max(self.counted_to, span.end)

    def share(self, t: float, window_s: float) -> float | None:
        """Return the share of the window before `t`, 0 to 1; `None` while less than half of it was seen."""
        start = t - window_s
        seen_s = closed_s = 0.0
        for second, seen, closed in reversed(self.seconds):
            inside = min(1.0, second + 1 - start)
            if inside <= 0.0:
                break
            seen_s += inside * seen
            closed_s += inside * closed
        return min(1.0, closed_s / seen_s) if seen_s >= VALID_SHARE * window_s else None

    def _add(self, span: Span, column: int) -> None:
        for second in range(math.floor(span.start), math.ceil(span.end)):
            length_s = min(span.end, second + 1) - max(span.start, second)
            if length_s > 0.0:
                self._add_to(second, (length_s, 0.0) if column == 0 else (0.0, length_s))

    def _add_to(self, second: int, more: tuple[float, float]) -> None:
        place = len(self.seconds)
        while place and self.seconds[place - 1][0] > second:
            place -= 1
        if place and self.seconds[place - 1][0] == second:
            _, seen, closed = self.seconds[place - 1]
            self.seconds[place - 1] = (second, min(1.0, seen + more[0]), min(1.0, closed + more[1]))
            return
        self.seconds.insert(place, (second, *more))
        oldest = self.seconds[-1][0] - LONGEST_WINDOW_S - 1
        if self.seconds[0][0] < oldest:
            self.seconds = [cell for cell in self.seconds if cell[0] >= oldest]
