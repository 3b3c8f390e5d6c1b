"""The bus thread: owns every ZeroMQ socket of the daemon."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

import zmq

from drivermon.bus.cadence import StateCadence
from drivermon.bus.intake import SignalIntake
from drivermon.bus.outbox import Outbox
from drivermon.bus.publisher import Publisher
from drivermon.bus.sockets import Sockets
from drivermon.config import BusSettings
from drivermon.events import VehicleSignal
from drivermon.messages import DriverState, Observation
from drivermon.wire import AnyBody, Clock

MAX_WAIT_S: Final = 0.5
"""Longest turn of the loop, so that a watchdog can tell an idle bus thread from a stuck one."""


class BusThread:
    """Publishes what other threads post, greets joiners, takes vehicle signals in.

    The endpoints are bound by the constructor, in the caller's thread; the sockets pass to the
    bus thread at `start`. As a context manager it is started and closed.

    Args:
        settings: endpoints, keys, limits.
        source: name of the source, for the envelopes.
        clock: of the messages' `t`.
        on_signal: called in the bus thread for each vehicle signal; must not block.
        monotonic: seconds.

    Attributes:
        endpoint, signals_endpoint: where the sockets are bound.
        boot_id: of this start.
        turned_at: monotonic time of the loop's last turn, at least every `MAX_WAIT_S` while it works.

    Raises:
        EndpointTakenError, BusError, KeysError, RuntimeDirectoryError: the sockets can't be opened.

    """

    def __init__(
        self,
        settings: BusSettings,
        source: str,
        clock: Clock,
        on_signal: Callable[[VehicleSignal], None] = lambda _: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._observations = settings.publish_observations
        self._on_signal = on_signal
        self._monotonic = monotonic
        self._sockets = Sockets(settings)
        self._publisher = Publisher(self._sockets.publisher, source, clock, monotonic)
        self._intake = SignalIntake(self._sockets.signals, monotonic)
        self._cadence = StateCadence()
        self._outbox = Outbox()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bus", daemon=True)
        self.endpoint = self._sockets.endpoint
        self.signals_endpoint = self._sockets.signals_endpoint
        self.boot_id = self._publisher.boot_id
        self.turned_at = monotonic()

    @property
    def signals_refused(self) -> int:
        """Messages on the signal socket that could not be read."""
        return self._intake.refused

    @property
    def lost(self) -> int:
        """Messages that were lost before they were sent, because the bus thread did not keep up."""
        return self._outbox.lost

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    def is_alive(self) -> bool:
        """Whether the thread runs; when it does not although it was started, look for its traceback."""
        return self._thread.is_alive()

    def post(self, *bodies: AnyBody) -> None:
        """Hand messages over for publishing, from any thread; never blocks.

        Every state is to be posted, before the alerts it carries: the bus picks those that go out.
        """
        self._outbox.put(bodies)

    def close(self, timeout_s: float = 1.0) -> None:
        """Send what was posted, then close the sockets; waits at most `timeout_s` seconds for it."""
        self._ending.set()
        self._outbox.put(())
        if self._thread.ident is None:
            self._close()
        else:
            self._thread.join(timeout_s)

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _run(self) -> None:
        poller = zmq.Poller()
        door = self._sockets.doorkeeper
        for readable in (self._outbox.fd, self._sockets.publisher, self._sockets.signals):
            poller.register(readable, zmq.POLLIN)
        if door is not None:
            poller.register(door.socket, zmq.POLLIN)
        try:
            while not self._ending.is_set():
                poller.poll(self._wait_ms())
                self._turn()
                if door is not None:
                    door.answer()
            self._turn()
        finally:
            self._close()

    def _turn(self) -> None:
        self.turned_at = self._monotonic()
        for body in self._outbox.take():
            self._send(body)
        repeated = self._cadence.repeat(self._monotonic())
        if repeated is not None:
            self._publisher.publish(repeated)
        self._publisher.greet()
        for signal in self._intake.take():
            self._on_signal(signal)

    def _send(self, body: AnyBody) -> None:
        match body:
            case Observation():
                wanted = self._observations
            case DriverState():
                wanted = self._cadence.offer(body, self._monotonic())
            case _:
                wanted = True
        if wanted:
            self._publisher.publish(body)

    def _wait_ms(self) -> int:
        wait_s = self._cadence.wait_s(self._monotonic())
        return 1 + int(1000 * min(MAX_WAIT_S, MAX_WAIT_S if wait_s is None else wait_s))

    def _close(self) -> None:
        self._sockets.close()
        self._outbox.close()
