"""Vehicle signals come in: from anybody who can reach the socket, so nothing in them is trusted."""

import logging
import time
from collections.abc import Callable, Iterator
from typing import Final

import zmq

from drivermon.bus.receiving import arrived
from drivermon.errors import SchemaError
from drivermon.events import TIME_DECIMALS, VehicleSignal
from drivermon.wire import parse_signal_message

MAX_BYTES: Final = 4096
"""Longest message that is read; a signal with the longest name and text has under 2 KB."""

AT_ONCE: Final = 64
"""Signals taken between two looks at the outbox, so that a flood does not delay an alert."""

_LOG = logging.getLogger(__name__)


class SignalIntake:
    """Reads a PULL socket; belongs to the thread of its socket.

    Attributes:
        refused: messages that could not be read, since start.

    """

    def __init__(self, socket: "zmq.Socket[bytes]", monotonic: Callable[[], float] = time.monotonic) -> None:
        self.refused = 0
        self._socket = socket
        self._monotonic = monotonic

    def take(self) -> Iterator[VehicleSignal]:
        """Yield up to `AT_ONCE` signals that have come, stamped with this moment; never blocks."""
        for frames in arrived(self._socket, AT_ONCE):
            signal = self._read(frames)
            if signal is not None:
                yield signal

    def _read(self, frames: list[bytes]) -> VehicleSignal | None:
        try:
            if len(frames) != 1:
                raise SchemaError(f"vehicle signal: {len(frames)} parts, not 1")
            if len(frames[0]) > MAX_BYTES:
                raise SchemaError(f"vehicle signal: longer than {MAX_BYTES} bytes")
            message = parse_signal_message(frames[0])
        except SchemaError as error:
            self.refused += 1
            # what was sent is not logged: it may be anything
            _LOG.warning("refused: %s", error)
            return None
        return VehicleSignal(round(self._monotonic(), TIME_DECIMALS), message.name, message.value)
