"""The 50 % rule over time: smoothed probabilities, enter and leave levels, a minimum hold.

The smoothing is a first-order low-pass in continuous time. A new frame stands for the time
since the frame before it, and the instant at which a level was crossed is solved for, not
taken from the frame grid: so a decision comes at most one frame interval early or late,
whatever the frame rate.
"""

import math
from dataclasses import dataclass

from drivermon.config import EmotionSettings
from drivermon.emotions import EMOTIONS, Emotion
from drivermon.messages import Probabilities

_UNKNOWN = tuple(1.0 / len(EMOTIONS) for _ in EMOTIONS)


@dataclass(frozen=True, slots=True)
class EmotionState:
    """Smoothed probabilities (order of `EMOTIONS`), the winner or none, and since when it holds."""

    probabilities: tuple[float, ...] | None
    emotion: Emotion | None
    since: float | None


@dataclass(frozen=True, slots=True)
class _Smoothing:
    """The low-pass from `start` at `t` seconds towards `goal`."""

    t: float
    start: tuple[float, ...]
    goal: tuple[float, ...]
    time_constant_s: float

    def value(self, t: float) -> tuple[float, ...]:
        """Return the smoothed shares at `t`."""
        keep = math.exp(-(t - self.t) / self.time_constant_s) if self.time_constant_s > 0 else 0.0
        return tuple(goal + (start - goal) * keep for start, goal in zip(self.start, self.goal, strict=True))

    def crossing_t(self, index: int, level: float) -> float:
        """Return when share `index` crossed `level`, or the start where it already was beyond."""
        start, goal = self.start[index], self.goal[index]
        if (start - level) * (goal - level) >= 0:
            return self.t
        return self.t + self.time_constant_s * math.log((start - goal) / (level - goal))


class EmotionFilter:
    """Holds the emotion between frames; time is the events' own."""

    def __init__(self, settings: EmotionSettings) -> None:
        self._settings = settings
        self._smoothed: tuple[float, ...] | None = None
        self._measured_t = -math.inf
        self._emotion: Emotion | None = None
        self._since = 0.0
        self._unsupported_since: float | None = None

    def step(self, t: float, measured: Probabilities | None) -> EmotionState:
        """Take in one event at `t` seconds; `measured` is `None` where no emotion was measured."""
        if self._smoothed is not None and t - self._measured_t > self._settings.forget_s:
            self._smoothed = self._emotion = self._unsupported_since = None
        if measured is not None:
            self._measure(t, measured.vector())
        return EmotionState(self._smoothed, self._emotion, self._since if self._emotion else None)

    def _measure(self, t: float, measured: tuple[float, ...]) -> None:
        if self._smoothed is None:
            self._smoothed = _UNKNOWN
        else:
            smoothing = _Smoothing(self._measured_t, self._smoothed, measured, self._settings.smoothing_s)
            self._smoothed = smoothing.value(t)
            self._decide(t, self._smoothed, smoothing)
        self._measured_t = t

    def _decide(self, t: float, shares: tuple[float, ...], smoothing: _Smoothing) -> None:
        settings = self._settings
        winner = max(range(len(shares)), key=shares.__getitem__)
        won = shares[winner] > settings.confidence and EMOTIONS[winner] != self._emotion
        free_t = self._since + settings.min_hold_s if self._emotion else -math.inf
        if won and t >= free_t:
            self._emotion = EMOTIONS[winner]
            self._since = max(smoothing.crossing_t(winner, settings.confidence), free_t)
            self._unsupported_since = None
        elif self._emotion is not None:
            self._fade(t, EMOTIONS.index(self._emotion), shares, smoothing)

    def _fade(self, t: float, present: int, shares: tuple[float, ...], smoothing: _Smoothing) -> None:
        if shares[present] >= self._settings.leave:
            self._unsupported_since = None
            return
        if self._unsupported_since is None:
            self._unsupported_since = smoothing.crossing_t(present, self._settings.leave)
        if t - self._unsupported_since >= self._settings.min_hold_s:
            self._emotion = self._unsupported_since = None
