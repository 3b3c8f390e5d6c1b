"""The monitor thread: from the mailbox through the corridor to the bus."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from drivermon.daemon.corridor import Corridor, restored
from drivermon.daemon.mailbox import Mailbox
from drivermon.daemon.meter import Meter
from drivermon.daemon.worker import Worker
from drivermon.errors import FrameError
from drivermon.events import Gap, VehicleSignal
from drivermon.memory import State
from drivermon.messages import Event
from drivermon.pipeline import Result
from drivermon.wire import AnyBody

TURN_S: Final = 0.5
"""Longest wait for an event, so that the end of the daemon is noticed."""

SNAPSHOT_S: Final = 1.0

logger = logging.getLogger(__name__)


class Monitor:
    """Steps a corridor for each event.

    Args:
        corridor: to begin with.
        mailbox: where events come from.
        meter: told how long each picture took.
        post: takes the messages; must not block.
        monotonic_at: when on the monotonic clock a picture was captured, from its `t`.
        on_end: called in the thread when it ends.

    Attributes:
        worker: the thread.

    """

    def __init__(
        self,
        corridor: Corridor,
        mailbox: Mailbox,
        meter: Meter,
        post: Callable[..., None],
        monotonic_at: Callable[[float], float],
        on_end: Callable[[], None],
    ) -> None:
        self.worker = Worker("monitor", self._run, on_end)
        self._corridor = corridor
        self._mailbox = mailbox
        self._meter = meter
        self._post = post
        self._monotonic_at = monotonic_at
        self._lock = threading.Lock()
        self._next: Corridor | None = None
        self._snapshot: State | None = None
        self._snapshot_at = 0.0
        self._stopping = False

    @property
    def corridor(self) -> Corridor:
        """The corridor in use, or about to be."""
        with self._lock:
            return self._next or self._corridor

    def replace(self, corridor: Corridor) -> None:
        """Use another corridor from the next event on; it goes on where this one is."""
        with self._lock:
            self._next = corridor

    def stop(self) -> None:
        """End after the present event."""
        self._stopping = True
        self._mailbox.end()

    def take_snapshot(self) -> State | None:
        """Return what is to be kept over a restart, `None` when nothing new is there."""
        with self._lock:
            snapshot, self._snapshot = self._snapshot, None
            return snapshot

    def _run(self, worker: Worker) -> None:
        while not (self._stopping or self._mailbox.is_empty_for_good):
            worker.waits()
            event = self._mailbox.take(TURN_S)
            worker.works()
            if event is not None:
                self._step(event)
        self._keep()

    def _step(self, event: Event) -> None:
        with self._lock:
            fresh, self._next = self._next, None
            if fresh is not None:
                self._corridor = restored(fresh, self._corridor.pipeline.state())
        try:
            result = self._corridor.pipeline.step(event)
        except FrameError as error:
            logger.warning("a picture can't be used: %s", error)
            return
        self._post(*_messages(result))
        now = time.monotonic()
        if not isinstance(event, Gap | VehicleSignal):
            self._meter.judged(now - self._monotonic_at(event.t))
        if result.alerts or now - self._snapshot_at >= SNAPSHOT_S:
            self._snapshot_at = now
            self._keep()

    def _keep(self) -> None:
        snapshot = self._corridor.pipeline.state()
        with self._lock:
            self._snapshot = snapshot


def _messages(result: Result) -> tuple[AnyBody, ...]:
    observed = () if result.observation is None else (result.observation,)
    return (*observed, result.state, *result.alerts)
