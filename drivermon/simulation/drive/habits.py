"""What a driver does unasked: blinks, glances, sways, shaken by the road. Seeded; the same at any fps."""

import numpy as np
from numpy.typing import NDArray

from drivermon.simulation.script.model import Action, Curve, Script, Step
from drivermon.simulation.script.pulls import shut

FloatArray = NDArray[np.float64]

BLINKS_PER_MIN = 15.0
"""Of an awake driver; 10 to 20 in the literature (Stern, Boyer & Schroeder 1994)."""

CLEAR_OF_SCRIPT_S = 0.7
"""No blink of the driver's own this near a scripted closure, whose length is then exactly as written."""

SACCADE_S = 0.04
FIXATION_S = 0.9
GAZE_SPREAD_DEG = (3.0, 1.4)

# amplitude, lowest and highest rate of each curve's slow waves
_SWAYS: dict[Curve, tuple[float, float, float]] = {
    "yaw": (1.1, 0.03, 0.45),
    "pitch": (0.8, 0.03, 0.45),
    "roll": (0.7, 0.03, 0.35),
    "seat_x": (0.004, 0.02, 0.3),
    "seat_y": (0.0015, 0.2, 1.6),
    "seat_z": (0.005, 0.02, 0.3),
}
_WAVES = 4


def own_blinks(script: Script, seed: int) -> list[Step]:
    """Return the driver's own blinks; intervals are log-normal, as people's are, closures 50 to 150 ms."""
    random = np.random.default_rng([seed, 1])
    closed = [step for step in script.steps if "closure" in step.action.channels]
    starts = np.array([step.start_s for step in closed]) - CLEAR_OF_SCRIPT_S
    ends = np.array([step.end_s for step in closed]) + CLEAR_OF_SCRIPT_S
    blink = Action("blink", ("closure",), shut())
    spread = 0.5
    steps: list[Step] = []
    t = 0.0
    while True:
        t += float(60 / BLINKS_PER_MIN * np.exp(spread * random.standard_normal() - spread**2 / 2))
        lasts_s = float(random.uniform(0.05, 0.15))
        if t > script.length_s:
            return steps
        if not np.any((starts < t + lasts_s) & (t < ends)):
            steps.append(Step(blink, t, t + lasts_s, line=0))


class Sway:
    """Slow waves of head and body, and small glances on the road ahead."""

    def __init__(self, length_s: float, seed: int) -> None:
        """Draw the waves and all glances of a drive."""
        random = np.random.default_rng([seed, 2])
        self._waves = {
            curve: (
                size * random.uniform(0.4, 1.0, _WAVES),
                random.uniform(low, high, _WAVES),
                random.random(_WAVES),
            )
            for curve, (size, low, high) in _SWAYS.items()
        }
        count = int(length_s / (FIXATION_S / 3)) + 2
        jumps = np.cumsum(0.25 + random.exponential(FIXATION_S - 0.25, count))
        aims = random.standard_normal((count + 1, 2)) * GAZE_SPREAD_DEG
        self._gaze_t = np.column_stack([jumps, jumps + SACCADE_S]).ravel()
        self._gaze = np.column_stack([aims[:-1], aims[1:]]).reshape(-1, 2)

    def add_to(self, curves: dict[Curve, FloatArray], t: FloatArray) -> None:
        """Add the movements at times `t` to the curves."""
        for curve, (sizes, rates_hz, turns) in self._waves.items():
            for size, rate_hz, turn in zip(sizes, rates_hz, turns, strict=True):
                curves[curve] += size * np.sin(2 * np.pi * (rate_hz * t + turn))
        curves["gaze_yaw"] += np.interp(t, self._gaze_t, self._gaze[:, 0])
        curves["gaze_pitch"] += np.interp(t, self._gaze_t, self._gaze[:, 1])
