"""The whole benchmark, one part after another, and its numbers as one object."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from drivermon.benchmarking.live import Live, measure_live
from drivermon.benchmarking.machine import Machine, this_machine
from drivermon.benchmarking.pictures import FPS, load_jpegs
from drivermon.config import CameraSettings, Settings
from drivermon.simulation.play import demo_video

MAX_PICTURES: Final = 1800
"""A minute of stream, about 45 MB; a longer run shows them again, backward and forward."""

FORMAT: Final = 1
"""Of the object; counts up when a field changes its meaning."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was measured, and on what."""

    machine: Machine
    source: str
    pictures: int
    settings: Settings
    live: Live


def measure(settings: Settings, source: str | None, seconds: float, say: Say) -> Report:
    """Measure everything.

    Args:
        settings: of the user.
        source: a recording; `None` for the shipped drive, which `settings.camera` does not fit.
        seconds: how long the daemon is measured.
        say: told what goes on.

    Raises:
        SourceError: no such recording, or none of pictures.
        BenchmarkError: the daemon does not start, or ends.

    """
    if source is None:
        settings = settings.model_copy(update={"camera": CameraSettings()})
    uri = source or str(demo_video())
    wanted = min(MAX_PICTURES, math.ceil(seconds * FPS) + 1)
    machine = this_machine()
    jpegs = load_jpegs(uri, settings, wanted)
    say("starting a daemon")
    live = measure_live(settings, jpegs, seconds, lambda done: say(f"live: {done:.0f} of {seconds:.0f} s"))
    return Report(machine, uri, len(jpegs), settings, live)


def as_object(report: Report) -> dict[str, Any]:
    """Return the numbers as JSON holds them."""
    return {
        "format": FORMAT,
        "machine": asdict(report.machine),
        "source": report.source,
        "pictures": report.pictures,
        "config_digest": report.settings.digest(),
        "live": asdict(report.live),
    }
