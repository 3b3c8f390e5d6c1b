"""When frames, gaps and signals come, in one time order."""

import heapq
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from drivermon.errors import SimulationError
from drivermon.events import TIME_DECIMALS, Gap, VehicleSignal
from drivermon.simulation.drive.timeline import Timeline
from drivermon.simulation.script.settings import MOST_FPS

FloatArray = NDArray[np.float64]

GAP_EVERY_S = 0.5
"""A source without a picture says so at least this often."""


class Timed(Protocol):
    """Anything that happens at a time."""

    @property
    def t(self) -> float:
        """Seconds from the start of the drive."""
        ...


AnyTimed = TypeVar("AnyTimed", bound=Timed)


def frame_times(timeline: Timeline, fps: float | None = None) -> FloatArray:
    """Return the times of all frames that arrive, at `fps` or the script's own rate.

    A frame is due at every multiple of 1 / fps from 0 to before the end; none comes while the camera has a
    fault, and dropped ones are left out.

    Raises:
        SimulationError: `fps` out of range.

    """
    rate = timeline.script.fps if fps is None else fps
    if not 1.0 <= rate <= MOST_FPS:
        raise SimulationError(f"fps is {rate}; give a number from 1 to {MOST_FPS:g}")
    count = int(np.ceil(timeline.script.length_s * rate - 1e-6))
    times = np.round(np.arange(count) / rate, TIME_DECIMALS)
    luck = np.random.default_rng([timeline.seed, 3]).random(count)
    arrives = luck >= timeline.drop_share(times)
    for start_s, end_s, _ in timeline.faults():
        arrives &= (times < start_s) | (times >= end_s)
    return times[arrives]


def gaps(timeline: Timeline) -> Iterator[Gap]:
    """Yield the gaps of every fault of the camera: one at once, then every `GAP_EVERY_S`."""
    for start_s, end_s, cause in timeline.faults():
        for k in range(int(np.ceil((end_s - start_s) / GAP_EVERY_S - 1e-9))):
            yield Gap(round(start_s + k * GAP_EVERY_S, TIME_DECIMALS), cause)


def signals(timeline: Timeline) -> Iterator[VehicleSignal]:
    """Yield what the vehicle reports."""
    for signal in timeline.script.signals:
        yield VehicleSignal(round(signal.t, TIME_DECIMALS), signal.name, signal.value)


def in_order(timeline: Timeline, frames: Iterable[AnyTimed]) -> Iterator[AnyTimed | Gap | VehicleSignal]:
    """Yield frames, gaps and signals in order of time; at one time signals first, frames last."""
    return heapq.merge(signals(timeline), gaps(timeline), frames, key=lambda event: event.t)
