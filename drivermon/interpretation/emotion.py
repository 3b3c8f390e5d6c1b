"""The 50 % rule over time: smoothed probabilities, enter and leave levels, a minimum hold.

The smoothing is a first-order low-pass in continuous time. A new frame stands for the time
since the frame before it, so that a change which falls between two frames is seen at most
one frame interval early or late, whatever the frame rate.
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


class EmotionFilter:
    """Holds the emotion between frames; time is the events' own."""

    def __init__(self, settings: EmotionSettings) -> None:
        self._settings = settings
        self._smoothed: tuple[float, ...] | None = None
        self._measured_t = -math.inf
        self._emotion: Emotion | None = None
        self._since: float | None = None

    def step(self, t: float, measured: Probabilities | None) -> EmotionState:
        """Take in one event at `t` seconds; `measured` is `None` where no emotion was measured."""
        if self._smoothed is not None and t - self._measured_t > self._settings.forget_s:
            self._forget()
        if measured is not None:
            self._smoothed = self._smooth(t, measured.vector())
            self._measured_t = t
            self._decide(t, self._smoothed)
        return EmotionState(self._smoothed, self._emotion, self._since)

    def _forget(self) -> None:
        self._smoothed = self._emotion = self._since = None

    def _smooth(self, t: float, measured: tuple[float, ...]) -> tuple[float, ...]:
        if self._smoothed is None:
            return _UNKNOWN
        elapsed_s = t - self._measured_t
        time_constant_s = self._settings.smoothing_s
        keep = math.exp(-elapsed_s / time_constant_s) if time_constant_s > 0 else 0.0
        return tuple(new + (old - new) * keep for old, new in zip(self._smoothed, measured, strict=True))

    def _decide(self, t: float, smoothed: tuple[float, ...]) -> None:
        if self._since is not None and t - self._since < self._settings.min_hold_s:
            return
        share = max(smoothed)
        winner = EMOTIONS[smoothed.index(share)]
        if share > self._settings.confidence:
            if winner != self._emotion:
                self._emotion, self._since = winner, t
        elif self._emotion is not None and smoothed[EMOTIONS.index(self._emotion)] < self._settings.leave:
            self._emotion = self._since = None
