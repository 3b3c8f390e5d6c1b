"""The 50 % rule over time: smoothed probabilities, enter and leave levels, a minimum hold.

The smoothing is a first-order low-pass in continuous time. A new frame stands for the time
since the frame before it, and the instant at which a level was crossed is solved for, not
taken from the frame grid: so a decision comes at most one frame interval early or late,
whatever the frame rate.
"""

import math
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from drivermon.config import EmotionSettings
from drivermon.emotions import EMOTIONS, Emotion
from drivermon.memory import STRICT, Remembering
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


@dataclass(slots=True)
class _Memory:
    __pydantic_config__ = STRICT
    smoothed: (
        Annotated[tuple[float, ...], Field(min_length=len(EMOTIONS), max_length=len(EMOTIONS))] | None
    ) = None
    measured_t: float = 0.0
    emotion: Emotion | None = None
    since: float = 0.0
    unsupported_since: float | None = None


class EmotionFilter(Remembering[_Memory]):
    """Holds the emotion between frames; time is the events' own."""

    def __init__(self, settings: EmotionSettings) -> None:
        super().__init__(_Memory())
        self._settings = settings

    def step(self, t: float, measured: Probabilities | None) -> EmotionState:
        """Take in one event at `t` seconds; `measured` is `None` where no emotion was measured."""
        memory = self._memory
        if memory.smoothed is not None and t - memory.measured_t > self._settings.forget_s:
            memory.smoothed = memory.emotion = memory.unsupported_since = None
        if measured is not None:
            self._measure(t, measured.vector())
        return EmotionState(memory.smoothed, memory.emotion, memory.since if memory.emotion else None)

    def _measure(self, t: float, measured: tuple[float, ...]) -> None:
        memory = self._memory
        if memory.smoothed is None:
            memory.smoothed = _UNKNOWN
        else:
            smoothing = _Smoothing(memory.measured_t, memory.smoothed, measured, self._settings.smoothing_s)
            memory.smoothed = smoothing.value(t)
            self._decide(t, memory.smoothed, smoothing)
        memory.measured_t = t

    def _decide(self, t: float, shares: tuple[float, ...], smoothing: _Smoothing) -> None:
        settings, memory = self._settings, self._memory
        winner = max(range(len(shares)), key=shares.__getitem__)
        won = shares[winner] > settings.confidence and EMOTIONS[winner] != memory.emotion
        free_t = memory.since + settings.min_hold_s if memory.emotion else -math.inf
        if won and t >= free_t:
            memory.emotion = EMOTIONS[winner]
            memory.since = max(smoothing.crossing_t(winner, settings.confidence), free_t)
            memory.unsupported_since = None
        elif memory.emotion is not None:
            self._fade(t, EMOTIONS.index(memory.emotion), shares, smoothing)

    def _fade(self, t: float, present: int, shares: tuple[float, ...], smoothing: _Smoothing) -> None:
        memory = self._memory
        if shares[present] >= self._settings.leave:
            memory.unsupported_since = None
            return
        if memory.unsupported_since is None:
            memory.unsupported_since = smoothing.crossing_t(present, self._settings.leave)
        if t - memory.unsupported_since >= self._settings.min_hold_s:
            memory.emotion = memory.unsupported_since = None
