"""The whole benchmark, one part after another, and its numbers as one object."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from drivermon.benchmarking.live import Live, measure_live
from drivermon.benchmarking.machine import Machine, this_machine
from drivermon.benchmarking.pictures import FPS, load_jpegs, to_and_fro
from drivermon.benchmarking.replaying import Replay, measure_replay
from drivermon.benchmarking.running import own_folder
from drivermon.benchmarking.stages import Stage, measure_stages
from drivermon.config import CameraSettings, Settings
from drivermon.simulation.play import demo_video

MAX_PICTURES: Final = 1800
"""A minute of stream, about 45 MB; a longer run shows them again, backward and forward."""

FORMAT: Final = 1
"""Of the object; counts up when a field changes its meaning."""

DECIMALS: Final = 4

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was measured, and on what."""

    machine: Machine
    source: str
    pictures: int
    settings: Settings
    live: Live
    stages: tuple[Stage, ...]
    replay: Replay


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
    say("every stage by itself")
    stages = measure_stages(settings, to_and_fro(jpegs))
    say("a replay")
    with own_folder() as folder:
        replay = measure_replay(uri, settings, folder)
    return Report(machine, uri, len(jpegs), settings, live, stages, replay)


def as_object(report: Report) -> dict[str, Any]:
    """Return the numbers as JSON holds them."""
    return {
        "format": FORMAT,
        "machine": asdict(report.machine),
        "source": report.source,
        "pictures": report.pictures,
        "config_digest": report.settings.digest(),
        "live": _rounded(asdict(report.live)),
        "stages": _rounded({stage.name.strip(): _stage(stage) for stage in report.stages}),
        "replay": _rounded(asdict(report.replay)),
    }


def _stage(stage: Stage) -> dict[str, Any]:
    return {**asdict(stage.took), "cpu_ms": stage.cpu_ms}


def _rounded(value: Any) -> Any:
    """Round every float in a tree; below that there is only noise."""
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return round(value, DECIMALS) if isinstance(value, float) else value
