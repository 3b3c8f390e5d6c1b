"""Where other threads put what is to be published; the bus thread empties it."""

import contextlib
import os
import threading
from collections import deque
from typing import Final

from drivermon.wire import AnyBody

CAPACITY: Final = 1024
"""Messages; half a minute's worth at 30 frames a second. The bus thread never waits, so it stays near 0."""


class Outbox:
    """A bounded queue whose reader can wait on a file descriptor. When full, the oldest is lost and counted.

    Attributes:
        fd: readable while something waits; for the bus thread's poller.
        lost: messages lost to fullness.

    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.lost = 0
        self._capacity = capacity
        self._waiting: deque[AnyBody] = deque(maxlen=capacity)
        self._lock = threading.Lock()

    def put(self, bodies: tuple[AnyBody, ...]) -> None:
        """Add messages in their order and wake the reader; never waits for it. Does nothing once closed."""
        with self._lock:
            if self.fd < 0:
                return
            self.lost += max(0, len(self._waiting) + len(bodies) - self._capacity)
            self._waiting.extend(bodies)
            os.eventfd_write(self.fd, 1)

    def take(self) -> list[AnyBody]:
        """Return all that waits, oldest first."""
        with self._lock:
            bodies = list(self._waiting)
            self._waiting.clear()
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self.fd)
        return bodies

    def close(self) -> None:
        """Give the file descriptor back."""
        with self._lock:
            if self.fd >= 0:
                os.close(self.fd)
            self.fd = -1
