"""How a movement gets there and back: minimum jerk, as limbs and heads move (Flash & Hogan 1985)."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from drivermon.simulation.script.model import Pull, Step

FloatArray = NDArray[np.float64]


def eased(x: FloatArray) -> FloatArray:
    """Share of the way, 0 to 1, at `x` from 0 to 1 of its time; 0 before and 1 after."""
    x = np.clip(x, 0.0, 1.0)
    return np.asarray(x * x * x * (10.0 + x * (6.0 * x - 15.0)))


@cache
def time_share(way_share: float) -> float:
    """Share of the time at which `eased` reaches a share of the way."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if float(eased(np.array(middle))) < way_share else (low, middle)
    return high


class Motion:
    """One pull of one step, as a function of time.

    Attributes:
        pull: what is pulled and where to.
        first_s: before it nothing is moved.
        last_s: after it nothing is moved any more; infinite if nothing ends the step.

    """

    def __init__(self, pull: Pull, step: Step) -> None:
        """Fit the ways there and back into the step; a short step moves faster, never less far."""
        self.pull = pull
        self._begin = step.start_s + min(pull.delay_s, 0.5 * (step.end_s - step.start_s))
        counts_at = time_share(pull.counts_at)
        # how much of the way there is over when the step begins, and of the way back is left when it ends
        self._there = counts_at if step.over_s is None else 0.0
        back = counts_at if step.back_over_s is None else 1.0
        within_s = pull.rise_s * (1 - self._there) + pull.fall_s * (1 - back)
        faster = min(1.0, (step.end_s - self._begin) / within_s) if within_s > 0 else 1.0
        self._rise_s = pull.rise_s * faster if step.over_s is None else step.over_s
        self._fall_s = pull.fall_s * faster if step.back_over_s is None else step.back_over_s
        self.first_s = self._begin - self._there * self._rise_s
        self.last_s = step.end_s + back * self._fall_s

    def weight(self, t: FloatArray) -> FloatArray:
        """Share of the pull at times `t`, 0 to 1 (-1 to 1 for a swing)."""
        weight = eased((t - self._begin) / self._rise_s + self._there)
        if self.last_s < np.inf:
            weight = np.minimum(weight, eased((self.last_s - t) / self._fall_s))
        return weight if self.pull.shape == "hold" else weight * self._rhythm(t - self._begin)

    def _rhythm(self, t: FloatArray) -> FloatArray:
        turns = 2 * np.pi * self.pull.rate_hz * t
        if self.pull.shape == "wave":
            return np.asarray(0.5 - 0.5 * np.cos(turns))
        if self.pull.shape == "swing":
            return np.asarray(np.sin(turns))
        syllables = 0.5 - 0.5 * np.cos(turns + 1.3 * np.sin(0.29 * turns))
        stress = 0.6 + 0.4 * np.sin(0.37 * turns + 0.8)
        pauses = eased(6.0 * (0.72 + np.sin(0.085 * turns + 0.7)))
        return np.asarray(syllables * stress * pauses)
