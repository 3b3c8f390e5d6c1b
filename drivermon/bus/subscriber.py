"""The client: a subscription is an iterator over typed messages and what happens to the link."""

import math
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import zmq
import zmq.asyncio

from drivermon.bus.connecting import connected
from drivermon.bus.endpoints import find_bus
from drivermon.bus.link import Link, LinkEvent, LinkState
from drivermon.errors import BusError, SchemaError
from drivermon.messages import OpenAlert
from drivermon.wire import TOPICS, AnyBody, AnyEnvelope, parse_envelope

Item = AnyBody | LinkEvent
"""What a subscription yields."""

EVERYTHING: Final = ("alert", "state", "health", "observation")

_ALWAYS: Final = ("state", "health")
"""Heard in any case: they hold the open alerts, and tell that the daemon lives."""


class _Subscriber:
    """What both kinds of subscription share: socket, link, and what has been read but not yielded.

    Attributes:
        endpoint: where the daemon is looked for.
        envelope: round the message that was yielded last, `None` for an event of the link.

    """

    def __init__(self, endpoint: str | None, topics: Iterable[str], keys: Path | str | None) -> None:
        self.endpoint = endpoint or find_bus()
        self.envelope: AnyEnvelope | None = None
        self._topics = _checked({topics} if isinstance(topics, str) else set(topics))
        self._socket = connected(zmq.SUB, self.endpoint, keys)
        for topic in sorted(self._topics | set(_ALWAYS)):
            self._socket.subscribe(topic)
        self._link = Link(time.monotonic())
        self._pending: deque[tuple[Item, AnyEnvelope | None]] = deque()

    @property
    def open_alerts(self) -> tuple[OpenAlert, ...]:
        """All alerts that are open, most urgent first; the last ones heard while the link is lost."""
        return self._link.open_alerts

    @property
    def link(self) -> LinkState:
        """Whether the daemon is heard."""
        return self._link.state

    def close(self) -> None:
        """End the subscription; iterating over it ends too."""
        self._socket.close(linger=0)

    def _next(self) -> Item | None:
        """Return what can be yielded without waiting."""
        while not self._pending:
            try:
                frames = self._socket.recv_multipart(zmq.DONTWAIT)
            except zmq.Again:
                lost = self._link.silence(time.monotonic())
                if lost is None:
                    return None
                self._pending.append((lost, None))
            else:
                self._take(frames)
        item, self.envelope = self._pending.popleft()
        return item

    def _take(self, frames: list[bytes]) -> None:
        topic = frames[0].decode("utf-8", "replace")
        if len(frames) != 2:
            raise SchemaError(f"{self.endpoint}: {topic!r} in {len(frames)} parts is no message of drivermon")
        envelope = parse_envelope(topic, frames[1])
        events = self._link.hear(envelope, time.monotonic())
        self._pending.extend((event, None) for event in events)
        if topic in self._topics or topic.partition(".")[0] in self._topics:
            self._pending.append((envelope.body, envelope))

    def _wait_ms(self, deadline: float) -> int:
        """Return how long the socket may be waited for, 0 when `deadline` has passed."""
        until = min(deadline, math.inf if self._link.deadline is None else self._link.deadline)
        # -1 is without limit; rounded up, as waking early would be a turn for nothing
        return -1 if until == math.inf else max(0, math.ceil(1000 * (until - time.monotonic())))


class Subscription(_Subscriber):
    """Iterates over typed messages, waiting for each; also a context manager. Made by `subscribe`.

    Belongs to one thread at a time.
    """

    def __iter__(self) -> Self:
        """Return itself."""
        return self

    def __next__(self) -> Item:
        """Wait for the next message or event of the link.

        Raises:
            SchemaError: a message can't be read; the next call goes on after it.

        """
        item = self.receive(None)
        if item is None:
            raise StopIteration
        return item

    def receive(self, timeout_s: float | None = None) -> Item | None:
        """Return the next message or event; `None` after `timeout_s` seconds without, or when closed.

        Raises:
            SchemaError: a message can't be read; the next call goes on after it.

        """
        deadline = math.inf if timeout_s is None else time.monotonic() + timeout_s
        while not self._socket.closed:
            item = self._next()
            if item is not None or time.monotonic() >= deadline:
                return item
            self._socket.poll(self._wait_ms(deadline))
        return None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


class AsyncSubscription(_Subscriber):
    """Iterates over typed messages with `async for`; also an async context manager. Made by `asubscribe`.

    Belongs to one event loop.
    """

    _waiting: zmq.asyncio.Socket | None = None
    """The same socket for the event loop, which is only known once something is awaited."""

    def __aiter__(self) -> Self:
        """Return itself."""
        return self

    async def __anext__(self) -> Item:
        """Wait for the next message or event of the link.

        Raises:
            SchemaError: a message can't be read; the next call goes on after it.

        """
        while not self._socket.closed:
            item = self._next()
            if item is not None:
                return item
            if self._waiting is None:
                self._waiting = zmq.asyncio.Socket.from_socket(self._socket)
            await self._waiting.poll(self._wait_ms(math.inf))
        raise StopAsyncIteration

    def close(self) -> None:
        """End the subscription; iterating over it ends too."""
        if self._waiting is not None:
            self._waiting.close()
        super().close()

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


def subscribe(
    endpoint: str | None = None,
    topics: Iterable[str] = EVERYTHING,
    keys: Path | str | None = None,
) -> Subscription:
    """Listen to a daemon, running or not yet; it is found again by itself when it comes back.

    Args:
        endpoint: `ipc:///path` or `tcp://host:port`; `None` finds the daemon of this computer.
        topics: `alert`, `alert.<kind>`, `state`, `health`, `observation`. Open alerts and the state
            of the link are known whatever is asked for.
        keys: folder of a client's keys (`drivermon keys`), for a daemon that asks for them.

    Raises:
        BusError: an endpoint or topic that can't be.
        KeysError: keys that can't be read.

    """
    return Subscription(endpoint, topics, keys)


def asubscribe(
    endpoint: str | None = None,
    topics: Iterable[str] = EVERYTHING,
    keys: Path | str | None = None,
) -> AsyncSubscription:
    """Listen to a daemon in an event loop; otherwise as `subscribe`."""
    return AsyncSubscription(endpoint, topics, keys)


def _checked(topics: set[str]) -> set[str]:
    unknown = sorted(topics.difference(TOPICS))
    if unknown:
        raise BusError(f"topic {unknown[0]!r}: there is none; known are {', '.join(TOPICS)}")
    return topics
