"""When the head went down: what lids do with it is a glance, what they did well before is none."""

import math
from dataclasses import dataclass, field

from drivermon.memory import STRICT

LOOKS_BACK_S = 1.0
"""The head has gone down when it is lower than it was within this time."""

SMOOTHING_S = 0.07
SPACING_S = 0.05
"""Poses are kept this far apart: few, at any frame rate."""

LOST_S = 0.5
"""After a longer time without a pose the movement can't be told."""


@dataclass(slots=True)
class HeadDown:
    """Follows the pitch; numbers to be kept.

    Attributes:
        t: of the last pose.
        pitch: smoothed, degrees up.
        depth: degrees below the highest of the last second.
        past: times and pitches of the last second.
        down_t: when the head last went down, `None` before the first time.
        from_pitch: where it then came from.

    """

    __pydantic_config__ = STRICT
    t: float | None = None
    pitch: float = 0.0
    depth: float = 0.0
    past: list[tuple[float, float]] = field(default_factory=list)
    down_t: float | None = None
    from_pitch: float = 0.0

    def step(self, t: float, pitch: float, down_deg: float) -> None:
        """Take in a pitch; `down_deg` is the way that counts as going down."""
        if self.t is None or t - self.t > LOST_S:
            self.past, self.pitch, self.depth = [(t, pitch)], pitch, 0.0
        else:
            keep = math.exp(-(t - self.t) / SMOOTHING_S)
            self.pitch = pitch + (self.pitch - pitch) * keep
            self._measure(t, down_deg)
        self.t = t

    def is_up(self, down_deg: float) -> bool:
        """Whether the head is back from where it last went down."""
        return self.pitch > self.from_pitch - down_deg / 2

    def _measure(self, t: float, down_deg: float) -> None:
        if t - self.past[-1][0] >= SPACING_S:
            self.past = [(then, pitch) for then, pitch in self.past if then > t - LOOKS_BACK_S]
            self.past.append((t, self.pitch))
        level = max(pitch for _, pitch in self.past)
        depth = level - self.pitch
        if self.depth <= down_deg < depth and self.t is not None:
            share = (down_deg - self.depth) / (depth - self.depth)
            self.down_t = self.t + share * (t - self.t)
            self.from_pitch = level
        self.depth = depth
