"""Puts messages into envelopes and on the bus, and tells joiners what they missed."""

import secrets
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import zmq

from drivermon.bus.receiving import arrived
from drivermon.messages import DriverState, Health
from drivermon.wire import ENVELOPES, AnyBody, Clock, topic_of

JOINERS_AT_ONCE: Final = 256

_SUBSCRIBE = b"\x01"


class Publisher:
    """Sends on an XPUB socket and never blocks; belongs to the thread of its socket.

    A subscriber that falls behind by more than the socket's high-water mark loses messages, which it
    can tell from the sequence numbers; it slows nobody.

    Args:
        socket: XPUB with XPUB_VERBOSE, bound.
        source: name of the source.
        clock: of the messages' `t`.
        monotonic: seconds, for the time of publishing.

    Attributes:
        boot_id: 32 random hexadecimal digits, another one for each publisher.

    """

    def __init__(
        self,
        socket: "zmq.Socket[bytes]",
        source: str,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.boot_id = secrets.token_hex(16)
        self._socket = socket
        self._source = source
        self._clock = clock
        self._monotonic = monotonic
        self._sequence: Counter[str] = Counter()
        self._last: dict[str, DriverState | Health] = {}

    def publish(self, body: AnyBody) -> None:
        """Send one message to all who want its topic."""
        topic = topic_of(body)
        if isinstance(body, DriverState | Health):
            self._last[topic] = body
        self._sequence[topic] += 1
        envelope = ENVELOPES[topic.partition(".")[0]].model_validate(
            {
                "boot_id": self.boot_id,
                "topic": topic,
                "seq": self._sequence[topic],
                "source": self._source,
                "clock": self._clock,
                "t": body.t,
                "published": self._monotonic(),
                "utc": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "body": body,
            }
        )
        self._socket.send_multipart([topic.encode(), envelope.model_dump_json().encode()], zmq.DONTWAIT)

    def greet(self) -> None:
        """Send the last state and health again if somebody has just subscribed to them.

        Whoever was there already gets them a second time, with a sequence number of their own: what
        XPUB sends reaches all. However many join at once, one message is sent.
        """
        wanted = set()
        for request, *_ in arrived(self._socket, JOINERS_AT_ONCE):
            if request.startswith(_SUBSCRIBE):
                prefix = request.removeprefix(_SUBSCRIBE)
                wanted |= {topic for topic in self._last if topic.encode().startswith(prefix)}
        for topic in sorted(wanted, reverse=True):  # the state first: it holds the open alerts
            self.publish(self._last[topic])
