"""For programs of the vehicle: send signals to the daemon."""

from pathlib import Path
from types import TracebackType
from typing import Final, Self

import zmq
from pydantic import ValidationError

from drivermon.bus.connecting import connected
from drivermon.bus.endpoints import find_signals
from drivermon.errors import BusError
from drivermon.events import SignalValue
from drivermon.wire import SignalMessage

SEND_TIMEOUT_S: Final = 1.0
_LINGER_MS: Final = 500


class SignalSender:
    """Sends vehicle signals over one connection; also a context manager. Belongs to one thread.

    Args:
        endpoint: `ipc:///path` or `tcp://host:port`; `None` finds the daemon of this computer.
        keys: folder of a client's keys (`drivermon keys`), for a daemon that asks for them.

    Raises:
        BusError: an endpoint that can't be.
        KeysError: keys that can't be read.

    """

    def __init__(self, endpoint: str | None = None, keys: Path | str | None = None) -> None:
        self.endpoint = endpoint or find_signals()
        # IMMEDIATE: what nobody takes is an error here, and doesn't wait for a daemon of later
        self._socket = connected(zmq.PUSH, self.endpoint, keys, options={zmq.IMMEDIATE: 1})
        self._socket.sndtimeo = round(1000 * SEND_TIMEOUT_S)

    def send(self, name: str, value: SignalValue) -> None:
        """Send one value; `None` says that it is unknown from now on.

        Names and units are those of `drivermon.events.VehicleSignal`.

        Raises:
            BusError: nobody has taken it within `SEND_TIMEOUT_S`, or it is no name or value.

        """
        try:
            message = SignalMessage.model_validate({"name": name, "value": value})
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise BusError(f"vehicle signal {name!r}: {first['loc'][0]}: {first['msg']}") from None
        try:
            self._socket.send(message.model_dump_json().encode())
        except zmq.Again:
            raise BusError(f"{self.endpoint}: nobody takes {name!r}; is the daemon running?") from None

    def close(self) -> None:
        """Let the last signal go, then disconnect."""
        self._socket.close(linger=_LINGER_MS)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


def send_signal(
    name: str, value: SignalValue, endpoint: str | None = None, keys: Path | str | None = None
) -> None:
    """Send one vehicle signal; who sends many keeps a `SignalSender`. Errors as `SignalSender`."""
    with SignalSender(endpoint, keys) as sender:
        sender.send(name, value)
