"""How fast a recorded drive is judged again."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivermon.benchmarking.pictures import FPS, open_scaled
from drivermon.config import Settings
from drivermon.events import Frame
from drivermon.messages import Event
from drivermon.replay import Replayer
from drivermon.sources.source import StagedSource

PICTURES: Final = 600


@dataclass(frozen=True, slots=True)
class Replay:
    """A recording through `drivermon replay`.

    Attributes:
        frames: pictures judged.
        wall_s: how long that took, networks open.
        fps: pictures a second.
        times_real_time: as against a camera of 30 pictures a second.

    """

    frames: int
    wall_s: float
    fps: float
    times_real_time: float


def measure_replay(uri: str, settings: Settings, folder: Path) -> Replay:
    """Replay up to `PICTURES` pictures of a recording, scaled to 640x480, into `folder`.

    Raises:
        DrivermonError: the recording breaks off, or a network can't be used.

    """
    with open_scaled(uri, settings) as source:
        summary = Replayer(settings).replay(StagedSource(source, [_first]), folder)
    if summary.error is not None:
        raise summary.error
    fps = summary.frames / summary.wall_s
    return Replay(summary.frames, summary.wall_s, fps, fps / FPS)


def _first(events: Iterator[Event]) -> Iterator[Event]:
    frames = 0
    for event in events:
        frames += isinstance(event, Frame)
        if frames > PICTURES:
            return
        yield event
