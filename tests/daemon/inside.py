"""A daemon in this process, with the corridor that a test gives it."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from drivermon.config import CanSettings, Settings
from drivermon.daemon.corridor import Corridor, open_decisions
from drivermon.daemon.daemon import Daemon, Loaders
from drivermon.daemon.notify import Notifier
from drivermon.events import Frame, Gap, GapCause, VehicleSignal
from drivermon.messages import Event, Observation
from drivermon.pipeline import Pipeline, Result
from drivermon.sources import Source
from drivermon.sources.source import Clock
from tests.bus.conftest import ipc


class Blind:
    """Perception that sees nobody."""

    def observe(self, frame: Frame) -> Observation:
        return Observation(t=frame.t, index=frame.index, face=None)

    def gap(self, gap: Gap) -> None:
        pass


class Listening(Pipeline):
    """A pipeline that keeps the vehicle signals which reach it."""

    signals: list[VehicleSignal]

    def step(self, event: Event) -> Result:
        if isinstance(event, VehicleSignal):
            self.signals.append(event)
        return super().step(event)


def corridor_of(settings: Settings, signals: list[VehicleSignal]) -> Corridor:
    digests = open_decisions(settings, {}).digests
    pipeline = Listening(settings, digests, Blind())
    pipeline.signals = signals
    return Corridor(settings, digests, None, None, pipeline)


def run_beside(
    folder: Path,
    source: Source,
    act: Callable[[list[VehicleSignal]], None],
    can: CanSettings | None = None,
    notifier: Notifier | None = None,
) -> None:
    """Run a daemon on `source` until `act`, in a thread beside it, is done; its error is raised here."""
    settings = Settings(bus=ipc(folder))
    signals: list[VehicleSignal] = []
    loaders = Loaders(lambda: settings, lambda _: source)
    running = Daemon(corridor_of(settings, signals), source, loaders, notifier=notifier, can=can)
    failures: list[BaseException] = []

    def acting() -> None:
        try:
            act(signals)
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)
        finally:
            running.command("stop")

    beside = threading.Thread(target=acting)
    beside.start()
    running.run()
    beside.join()
    if failures:
        raise failures[0]


class Prompted(Source):
    """A camera that gives what a test puts in, at this moment."""

    name = stem = "prompted"
    clock: Clock = "monotonic"
    frame_count = None
    duration_s = None

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()

    def show(self) -> None:
        self._events.put(Frame(np.zeros((48, 64), np.uint8), time.monotonic(), 0, self.name))

    def gap(self, cause: GapCause) -> None:
        self._events.put(Gap(time.monotonic(), cause))

    def events(self) -> Iterator[Event]:
        while (event := self._events.get()) is not None:
            yield event

    def close(self) -> None:
        self._events.put(None)
