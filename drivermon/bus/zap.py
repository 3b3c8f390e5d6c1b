"""Who may connect over CURVE: answers ZeroMQ's questions at the door (RFC 27/ZAP).

Without an answer from here CURVE lets in anyone who knows the server's public key, which is no secret.
"""

import logging
from pathlib import Path
from typing import Final

import zmq
from zmq.utils import z85

from drivermon.bus.keys import allowed_clients
from drivermon.bus.receiving import arrived
from drivermon.errors import KeysError

ADDRESS: Final = "inproc://zeromq.zap.01"
DOMAIN: Final = b"drivermon"
AT_ONCE: Final = 64

_LOG = logging.getLogger(__name__)


class Doorkeeper:
    """Lets in clients whose public key is in `allowed/` of the keys' folder at that moment.

    Args:
        context: of the sockets that it guards.
        keys: the folder, as `drivermon.bus.keys` describes it.

    """

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", keys: Path) -> None:
        self._keys = keys
        self.socket = context.socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.bind(ADDRESS)

    def answer(self) -> None:
        """Answer the questions that have come; never blocks."""
        for sender, _, version, request, *asked in arrived(self.socket, AT_ONCE):
            domain, _, _, mechanism, *credentials = asked
            welcome = domain == DOMAIN and mechanism == b"CURVE" and self._knows(credentials)
            status = (b"200", b"OK") if welcome else (b"400", b"not allowed")
            self.socket.send_multipart([sender, b"", version, request, *status, b"", b""], zmq.DONTWAIT)

    def _knows(self, credentials: list[bytes]) -> bool:
        key = z85.encode(credentials[0]) if credentials else b""
        try:
            known = key in allowed_clients(self._keys)
        except KeysError as error:
            _LOG.error("nobody is let in: %s", error)
            return False
        if not known:
            _LOG.warning("a client with the public key %s was turned away", key.decode("ascii"))
        return known
