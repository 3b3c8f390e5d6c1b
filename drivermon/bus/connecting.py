"""Opens a client's socket."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import zmq

from drivermon.bus.keys import client_keys
from drivermon.errors import BusError

# a daemon that restarts is found again well within the 2 s after which the link counts as lost
_RECONNECT_MS: Final = 100
_RECONNECT_MAX_MS: Final = 1000
# over a network a silent peer is given up, so that the connection is made anew
_HEARTBEAT_MS: Final = 1000
_HEARTBEAT_TIMEOUT_MS: Final = 3000


def connected(
    kind: int, endpoint: str, keys: Path | str | None, options: Mapping[int, int] | None = None
) -> "zmq.Socket[bytes]":
    """Return a socket of ZeroMQ's `kind` that connects to `endpoint`, now or as soon as it is there.

    Raises:
        BusError: an endpoint that can't be.
        KeysError: keys that can't be read.

    """
    own = None if keys is None else client_keys(Path(keys))
    socket: zmq.Socket[bytes] = zmq.Context.instance().socket(kind)
    socket.setsockopt(zmq.IPV6, int("[" in endpoint))
    socket.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MS)
    socket.setsockopt(zmq.RECONNECT_IVL_MAX, _RECONNECT_MAX_MS)
    if not endpoint.startswith("ipc:"):
        socket.setsockopt(zmq.HEARTBEAT_IVL, _HEARTBEAT_MS)
        socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, _HEARTBEAT_TIMEOUT_MS)
    for option, value in (options or {}).items():
        socket.setsockopt(option, value)
    if own is not None:
        socket.curve_publickey, socket.curve_secretkey = own.pair.public, own.pair.secret
        socket.curve_serverkey = own.server
    try:
        socket.connect(endpoint)
    except zmq.ZMQError as error:
        socket.close(linger=0)
        raise BusError(
            f"{endpoint}: can't connect: {error.strerror}; write ipc:///path or tcp://host:port"
        ) from None
    return socket
