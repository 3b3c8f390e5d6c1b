"""A drive as pictures: every scene of a timeline before the renderer, in one process or in many."""

import multiprocessing
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from drivermon.events import Frame, Gap, VehicleSignal
from drivermon.simulation.drive.casting import identity_of
from drivermon.simulation.drive.schedule import frame_times, in_order
from drivermon.simulation.drive.timeline import Scene, Timeline
from drivermon.simulation.parameters import Camera, Truth
from drivermon.simulation.renderer import Renderer
from drivermon.simulation.script.model import DriverChoice, Script

_CHUNK = 12
"""Frames handed to a process at once: a second's work."""

_AHEAD = 2
"""Chunks in work or waiting for each process; bounds the memory of pictures nobody has taken yet."""

_US_PER_S = 1_000_000


@dataclass(frozen=True, slots=True)
class Shot:
    """A rendered scene, `index` counting the frames that arrive."""

    t: float
    index: int
    scene: Scene
    image: NDArray[np.uint8]
    truth: Truth


def play(
    script: Script, fps: float | None = None, seed: int | None = None
) -> Iterator[tuple[Frame | Gap | VehicleSignal, Truth | None]]:
    """Yield the drive's frames with their truth, and its gaps and signals with `None`, in order of time.

    Args:
        script: the drive.
        fps: in place of the script's own; the same drive is sampled at other times.
        seed: in place of the script's own: other blinks, sway, drops and sensor noise.

    Raises:
        SimulationError: `fps` out of range.

    """
    timeline = Timeline(script, seed)
    source = f"sim:{script.name}"
    for event in in_order(timeline, shots(timeline, fps)):
        if isinstance(event, Shot):
            yield Frame(event.image, event.t, event.index, source), event.truth
        else:
            yield event, None


def shots(timeline: Timeline, fps: float | None = None, jobs: int = 1) -> Iterator[Shot]:
    """Render all frames that arrive, in order; any number of processes gives the same bytes.

    Raises:
        SimulationError: `fps` out of range.

    """
    times = frame_times(timeline, fps)
    chunks = [times[first : first + _CHUNK] for first in range(0, len(times), _CHUNK)]
    index = 0
    with ExitStack() as stack:
        if jobs > 1:
            # a fresh interpreter for each: forking a process with threads of OpenCV in it may hang
            context = multiprocessing.get_context("spawn")
            pool = stack.enter_context(ProcessPoolExecutor(jobs, context))
            stack.callback(pool.shutdown, wait=False, cancel_futures=True)
            done = _in_parallel(pool, timeline, chunks, _AHEAD * jobs)
        else:
            done = (_render(timeline, chunk) for chunk in chunks)
        for rendered in done:
            for scene, image, truth in rendered:
                yield Shot(scene.t, index, scene, image, truth)
                index += 1


_Rendered = list[tuple[Scene, NDArray[np.uint8], Truth]]


def _in_parallel(
    pool: ProcessPoolExecutor, timeline: Timeline, chunks: list[NDArray[np.float64]], ahead: int
) -> Iterator[_Rendered]:
    waiting: deque[Future[_Rendered]] = deque()
    for chunk in chunks:
        waiting.append(pool.submit(_render, timeline, chunk))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _render(timeline: Timeline, times: NDArray[np.float64]) -> _Rendered:
    rendered = []
    for scene in timeline.scenes(times):
        # a cover or darkness changes neither where the camera stands nor its angle of view
        renderer = _renderer(scene.driver, timeline.script.camera)
        renderer.camera = scene.camera
        noise_seed = timeline.seed * _US_PER_S + round(scene.t * _US_PER_S)
        image, truth = renderer.render(scene.parameters, scene.light, noise_seed)
        rendered.append((scene, image, truth))
    return rendered


@lru_cache(maxsize=2)
def _renderer(driver: DriverChoice, camera: Camera) -> Renderer:
    return Renderer(identity_of(driver), replace(camera))
