"""Opens the daemon's sockets: private, bounded, alone on their endpoint."""

import errno
import os
from pathlib import Path
from typing import Final

import zmq

from drivermon.bus import zap
from drivermon.bus.endpoints import bus_endpoint, ipc_path, signals_endpoint
from drivermon.bus.keys import allowed_clients, server_pair
from drivermon.bus.lock import EndpointLock
from drivermon.config import BusSettings
from drivermon.errors import BusError, EndpointTakenError

LINGER_MS: Final = 200
"""For which the last messages may still go out when the daemon ends; it must end within 2 s."""

MAX_SUBSCRIPTION_BYTES: Final = 1024
"""A topic is far shorter; a longer message from a subscriber ends its connection."""

MAX_SIGNAL_BYTES: Final = 1 << 20
"""On the wire; what is longer than a signal can be is refused and counted above that."""

SIGNALS_WAITING: Final = 1000

# a subscriber whose cable was pulled is given up after 6 s, and what waits for it is freed
_HEARTBEAT_MS: Final = 2000
_HEARTBEAT_TIMEOUT_MS: Final = 6000

_PRIVATE_UMASK: Final = 0o177
_GROUP_MODE: Final = 0o660


class Sockets:
    """All sockets of the daemon, bound; to be used by one thread at a time.

    Attributes:
        publisher: XPUB that reports every subscription.
        signals: PULL for vehicle signals.
        doorkeeper: answers for CURVE, `None` without.
        endpoint, signals_endpoint: where they are bound, with the port that tcp chose for port 0.

    Raises:
        EndpointTakenError, BusError, KeysError, RuntimeDirectoryError: as their docstrings say;
            nothing stays open.

    """

    def __init__(self, settings: BusSettings) -> None:
        self._settings = settings
        self._locks: dict[Path, EndpointLock] = {}
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        try:
            self.doorkeeper = self._doorkeeper()
            self.publisher = self._context.socket(zmq.XPUB)
            self.publisher.setsockopt(zmq.XPUB_VERBOSE, 1)  # else a second subscriber raises no event
            self.publisher.sndhwm = settings.high_water_mark
            self.publisher.maxmsgsize = MAX_SUBSCRIPTION_BYTES
            self.endpoint = self._bind(self.publisher, bus_endpoint(settings))
            self.signals = self._context.socket(zmq.PULL)
            self.signals.rcvhwm = SIGNALS_WAITING
            self.signals.maxmsgsize = MAX_SIGNAL_BYTES
            self.signals_endpoint = self._bind(self.signals, signals_endpoint(settings))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let the last messages go for up to `LINGER_MS`, then give up sockets and endpoints."""
        self._context.destroy(linger=LINGER_MS)
        # ZeroMQ leaves the socket files; under the lock they can be no other daemon's
        for path, lock in self._locks.items():
            path.unlink(missing_ok=True)
            lock.close()

    def _doorkeeper(self) -> zap.Doorkeeper | None:
        if not self._settings.keys:
            return None
        allowed_clients(Path(self._settings.keys))  # a folder that can't be read is said at once
        return zap.Doorkeeper(self._context, Path(self._settings.keys))

    def _bind(self, socket: "zmq.Socket[bytes]", endpoint: str) -> str:
        path = ipc_path(endpoint)
        if path is not None:
            self._locks[path] = EndpointLock(path)
        else:
            self._prepare_for_network(socket, endpoint)
        before = os.umask(_PRIVATE_UMASK)
        try:
            socket.bind(endpoint)
        except zmq.ZMQError as error:
            raise _explained(endpoint, error) from None
        finally:
            os.umask(before)
        if path is not None and self._settings.group_access:
            path.chmod(_GROUP_MODE)
        return str(socket.get_string(zmq.LAST_ENDPOINT))

    def _prepare_for_network(self, socket: "zmq.Socket[bytes]", endpoint: str) -> None:
        socket.setsockopt(zmq.IPV6, int("[" in endpoint))
        socket.setsockopt(zmq.HEARTBEAT_IVL, _HEARTBEAT_MS)
        socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, _HEARTBEAT_TIMEOUT_MS)
        if self._settings.keys:
            socket.curve_secretkey = server_pair(Path(self._settings.keys)).secret
            socket.curve_server = True
            socket.zap_domain = zap.DOMAIN


def _explained(endpoint: str, error: zmq.ZMQError) -> BusError:
    if error.errno == errno.EADDRINUSE:
        port = endpoint.rpartition(":")[2]
        return EndpointTakenError(
            f"{endpoint}: another process listens there; `ss -ltnp sport = :{port}` names it"
        )
    reason = os.strerror(error.errno) if error.errno else str(error)
    return BusError(f"{endpoint}: can't bind: {reason}; check bus.endpoint and bus.signals_endpoint")
