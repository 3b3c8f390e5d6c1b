"""The daemon: starts the threads, supervises them, talks to systemd, ends in time.

::

    capture -> mailbox -> monitor -> outbox -> bus
                 ^ vehicle signals ─────────────┘
"""

import gc
import logging
import queue
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from drivermon import __version__
from drivermon.bus.can_bus import CanReader
from drivermon.bus.thread import BusThread
from drivermon.config import CanSettings, Settings
from drivermon.daemon.capture import Capture
from drivermon.daemon.corridor import Corridor, open_corridor, restored
from drivermon.daemon.keeper import Keeper
from drivermon.daemon.mailbox import Mailbox
from drivermon.daemon.meter import Meter, Reading
from drivermon.daemon.monitor import Monitor
from drivermon.daemon.notify import Notifier
from drivermon.daemon.playing import PlayedSource
from drivermon.daemon.worker import STALL_S
from drivermon.errors import BusError, DrivermonError, RestoreError
from drivermon.events import VehicleSignal
from drivermon.messages import Health
from drivermon.sources import Source

HEALTH_S: Final = 1.0
CAMERA_S: Final = 0.1
"""Least time between two tellings of a camera whose state changes, which are told at once otherwise."""

END_S: Final = 0.5
"""For which the end of the monitor, and then of the bus, is waited for: together well under 2 s."""

Command = Literal["stop", "reload", "ended", "camera"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loaders:
    """How the configuration is read again, and what it names is opened.

    Attributes:
        settings: reads the configuration; raises `ConfigError`.
        source: opens the source that the settings name; raises `SourceError`.

    """

    settings: Callable[[], Settings]
    source: Callable[[Settings], Source]


class Daemon:
    """One source, one corridor, one bus.

    Args:
        corridor: open and warm.
        source: not yet read; closed by the daemon.
        loaders: for SIGHUP.
        keep: opens what keeps numbers over a restart; it gives `None` where nothing can be kept.
        notifier: tells systemd.
        can: where vehicle signals come from beside the bus; `None` for nowhere.

    Raises:
        BusError: the bus can't be opened.
        ConfigError, InstallationError: what `can` names can't be used.

    """

    def __init__(
        self,
        corridor: Corridor,
        source: Source,
        loaders: Loaders,
        keep: Callable[[], Keeper | None] = lambda: None,
        notifier: Notifier | None = None,
        can: CanSettings | None = None,
    ) -> None:
        self._loaders = loaders
        self._notifier = notifier or Notifier({})
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()  # put from signal handlers
        self._started = self._told_at = time.monotonic()
        self._mailbox = Mailbox()
        self._meter = Meter(time.monotonic, lambda: self._commands.put("camera"))
        self._can = None if can is None else CanReader(can, self._take_signal)
        self._bus = BusThread(corridor.settings.bus, source.name, source.clock, self._take_signal)
        self._capture = self._captured(source)
        self._keeper = keep()  # after the bus, whose error says more than that nothing is kept
        self._skipped = 0
        self._monitor = Monitor(
            self._taken_up(corridor),
            self._mailbox,
            self._meter,
            self._bus.post,
            lambda t: _monotonic_at(self._capture.source, t),
            lambda: self._commands.put("ended"),
        )

    @property
    def endpoint(self) -> str:
        """Where the bus is."""
        return self._bus.endpoint

    def run(self) -> None:
        """Run until SIGTERM, SIGINT, or the end of a recording; to be called in the main thread.

        Raises:
            SourceError: a recording can't be read on.
            BusError: the bus thread has ended.

        """
        with self._signals():
            gc.collect()
            gc.freeze()  # networks and landmarks stay: no need to look at them again and again
            self._bus.start()
            self._capture.worker.start()
            self._monitor.worker.start()
            if self._can is not None:
                self._can.start()
            logger.info("publishing %s on %s", self._capture.source.name, self._bus.endpoint)
            self._notifier.tell("READY=1", "STATUS=waiting for the first picture")
            try:
                self._supervise()
            finally:
                self._end()
        self._raise_errors()

    def command(self, command: Command) -> None:
        """Do as the signals do, from any thread."""
        self._commands.put(command)

    def _supervise(self) -> None:
        period_s = min(HEALTH_S, (self._notifier.watchdog_s or 2 * HEALTH_S) / 2)
        due = health_due = time.monotonic()
        camera_due = float("inf")
        while True:
            now = time.monotonic()
            if now >= min(health_due, camera_due):
                camera_due = float("inf")
                if now < health_due:
                    self._tell_health(self._meter.last())
                else:
                    health_due += HEALTH_S if now - health_due < HEALTH_S else now - health_due + HEALTH_S
                    self._check_threads()
                    self._tell_health(self._meter.read(self._dropped))
                    self._keep()
            if now >= due:
                due = now + period_s
                self._feed_watchdog()
            try:
                timeout_s = min(due, health_due, camera_due) - time.monotonic()
                command = self._commands.get(timeout=max(0.0, timeout_s))
            except queue.Empty:
                continue
            if command == "camera":
                camera_due = self._told_at + CAMERA_S
            elif command == "reload":
                self._reload()
            elif command == "stop" or self._is_over():
                return

    def _is_over(self) -> bool:
        if self._capture.worker.is_alive:
            return not self._monitor.worker.is_alive
        self._mailbox.end()  # the rest is still judged
        return not self._monitor.worker.is_alive

    def _feed_watchdog(self) -> None:
        stuck = self._stuck(time.monotonic())
        if stuck:
            logger.error("no progress: %s; the watchdog is not fed", ", ".join(stuck))
        elif self._notifier.watchdog_s is not None:
            self._notifier.tell("WATCHDOG=1")

    def _stuck(self, now: float) -> list[str]:
        """Return what does not advance although it should."""
        signs = {
            "capture": self._capture.worker.is_stuck(now),
            "monitor": self._monitor.worker.is_stuck(now),
            "events enter and nothing leaves": self._mailbox.waiting_s(now) > STALL_S,
            "bus": not self._bus.is_alive() or now - self._bus.turned_at > STALL_S,
        }
        return [name for name, stuck in signs.items() if stuck]

    @property
    def _dropped(self) -> int:
        return self._skipped + self._capture.skipped + self._mailbox.dropped

    def _check_threads(self) -> None:
        if not self._bus.is_alive():
            raise BusError("the bus thread has ended; its traceback is in the log above")
        if self._can is not None and not self._can.is_alive():
            raise BusError("the CAN thread has ended; its traceback is in the log above")

    def _tell_health(self, reading: Reading) -> None:
        corridor = self._monitor.corridor
        self._told_at = now = time.monotonic()
        self._bus.post(
            Health(
                t=_time_at(self._capture.source, now),
                fps=reading.fps,
                latency=reading.latency,
                dropped=reading.dropped,
                camera=reading.camera,
                provider=corridor.provider,
                digests=corridor.digests,
                lagging=reading.lagging,
                uptime_s=now - self._started,
                version=__version__,
                signals_refused=self._bus.signals_refused,
            )
        )
        self._notifier.tell(f"STATUS={_status(reading)}")

    def _keep(self) -> None:
        snapshot = self._monitor.take_snapshot()
        if self._keeper is not None and snapshot is not None:
            self._keeper.save(snapshot)

    def _reload(self) -> None:
        now_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._notifier.tell("RELOADING=1", f"MONOTONIC_USEC={now_us}")
        try:
            self._take_configuration(self._loaders.settings())
        except DrivermonError as error:
            logger.error("the configuration stays as it was: %s", error)
        self._notifier.tell("READY=1")

    def _take_configuration(self, settings: Settings) -> None:
        before = self._monitor.corridor
        for name in ("bus", "can"):
            if getattr(settings, name) != getattr(before.settings, name):
                logger.warning("[%s] has changed: that needs a restart, it stays as it was", name)
        moved = settings.camera != before.settings.camera
        source = self._loaders.source(settings) if moved else None
        # networks last: whatever fails before leaves everything as it was
        corridor = open_corridor(settings, before)
        self._monitor.replace(corridor)
        if source is not None:
            self._capture.close()
            self._skipped += self._capture.skipped
            self._capture = self._captured(source)
            self._capture.worker.start()
        logger.info("the configuration was read again")

    def _captured(self, source: Source) -> Capture:
        return Capture(source, self._mailbox, self._meter, lambda: self._commands.put("ended"))

    def _taken_up(self, corridor: Corridor) -> Corridor:
        try:
            state = self._keeper.load() if self._keeper is not None else None
        except RestoreError as error:
            logger.warning("starting afresh: %s", error)
            return corridor
        if state is None:
            return corridor
        logger.info("timers and alerts go on where they were")
        return restored(corridor, state)

    def _take_signal(self, received: VehicleSignal) -> None:
        t = _time_at(self._capture.source, received.t)
        self._mailbox.put(VehicleSignal(t, received.name, received.value))

    @contextmanager
    def _signals(self) -> Iterator[None]:
        commands: dict[int, Command] = {
            signal.SIGTERM: "stop",
            signal.SIGINT: "stop",
            signal.SIGHUP: "reload",
        }
        before = {
            number: signal.signal(number, lambda *_, command=command: self._commands.put(command))
            for number, command in commands.items()
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end(self) -> None:
        self._notifier.tell("STOPPING=1")
        self._capture.close()
        if self._can is not None:
            self._can.close()
        self._monitor.stop()
        self._monitor.worker.join(END_S)
        self._keep()
        self._bus.close(END_S)

    def _raise_errors(self) -> None:
        for error in (self._monitor.worker.error, self._capture.worker.error):
            if error is not None:
                raise error


def _monotonic_at(source: Source, t: float) -> float:
    return source.monotonic_at(t) if isinstance(source, PlayedSource) else t


def _time_at(source: Source, monotonic: float) -> float:
    return source.time_at(monotonic) if isinstance(source, PlayedSource) else monotonic


def _status(reading: Reading) -> str:
    latency = f", {reading.latency.p50_ms:.0f} ms" if reading.latency else ""
    lagging = ", lagging" if reading.lagging else ""
    return f"camera {reading.camera}, {reading.fps:.0f} fps{latency}, {reading.dropped} dropped{lagging}"
