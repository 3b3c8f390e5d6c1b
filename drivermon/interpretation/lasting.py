"""A condition that lasts: two levels, and the instants between two frames at which they were crossed."""

import math
from dataclasses import dataclass, field

from drivermon.memory import STRICT


@dataclass(frozen=True, slots=True)
class Limits:
    """When a condition begins and ends.

    Attributes:
        enter: it begins when the value rises above.
        leave: it ends when the value falls below, not above `enter`.
        confirm_s: for so long the value must stay below to end it; what comes back sooner never ended.
        travel_s: the longest that the value takes from one side to the other; between frames that are
            further apart it is taken to move in the middle of the time between them.
        doubt_s: a value that stays between both levels for so long ends it, too, as of when it came there:
            lids that stay half open after a blink are not closed.

    """

    enter: float
    leave: float
    confirm_s: float = 0.0
    travel_s: float = math.inf
    doubt_s: float = math.inf


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to `end`, seconds."""

    start: float
    end: float

    @property
    def length_s(self) -> float:
        """Seconds."""
        return self.end - self.start


@dataclass(slots=True)
class Lasting:
    """Since when a condition lasts, and since when it seems to be over; numbers to be kept.

    Attributes:
        since: when it began, `None` while it does not last.
        until: when it seems to have ended, `None` while it goes on or is over.
        doubt: since when the value is not above the level of beginning any more.
        last: time and value of the last sample, `None` where the next one can't be tied to it.

    """

    __pydantic_config__ = STRICT
    since: float | None = None
    until: float | None = None
    doubt: float | None = None
    last: tuple[float, float] | None = field(default=None)

    def step(self, t: float, value: float, limits: Limits) -> Span | None:
        """Take in a sample; return the span that has ended with it."""
        ended = None
        if self.since is None:
            if value > limits.enter:
                self.since = self._crossing_t(t, value, limits.enter, limits.travel_s)
        else:
            ended = self._ended(t, value, limits, self.since)
        if ended is not None:
            self.forget()
        self.last = (t, value)
        return ended

    def held_s(self, t: float) -> float:
        """Return how long it has lasted at `t`, 0 while it does not; an end in doubt stops the count."""
        if self.since is None:
            return 0.0
        return max(0.0, (t if self.until is None else self.until) - self.since)

    def forget(self) -> None:
        """Let it not last, without an end."""
        self.since = self.until = self.doubt = None

    def _ended(self, t: float, value: float, limits: Limits, since: float) -> Span | None:
        if value > limits.enter:
            self.doubt = None
        elif self.doubt is None:
            self.doubt = self._crossing_t(t, value, limits.enter, limits.travel_s)
        if value >= limits.leave:
            self.until = None
        elif self.until is None:
            self.until = self._crossing_t(t, value, limits.leave, limits.travel_s)
        if self.until is not None and t - self.until >= limits.confirm_s:
            return Span(since, max(since, self.until))
        if self.doubt is not None and t - self.doubt >= limits.doubt_s:
            return Span(since, max(since, self.doubt))
        return None

    def _crossing_t(self, t: float, value: float, level: float, travel_s: float) -> float:
        if self.last is None:
            return t
        before_t, before = self.last
        if before == value or (before - level) * (value - level) > 0:
            return t
        share = (level - before) / (value - before)
        moving_s = min(travel_s, t - before_t)
        return (before_t + t - moving_s) / 2 + share * moving_s
