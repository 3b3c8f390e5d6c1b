"""Cameras and streams: pictures as they come, and gaps while none comes.

A thread of its own waits for the device, so that time goes on and `close` returns even when
a read hangs. It hands over the newest picture only: a late consumer skips pictures, which
`Frame.index` shows.
"""

import logging
import threading
from collections.abc import Iterator

from drivermon.events import Frame, Gap, GapCause
from drivermon.messages import Event
from drivermon.sources.readers import Hung, Reader
from drivermon.sources.reading import HandOver, Image, monotonic_now
from drivermon.sources.source import GAP_PERIOD_S, Clock, Source

FIRST_RETRY_S = 0.25
LAST_RETRY_S = 1.0
"""The wait before the next try doubles from the first to the last: a camera that is back is seen in 2 s."""

logger = logging.getLogger(__name__)


class LiveSource(Source):
    """A camera or stream on the computer's monotonic clock, opened again whenever it is lost.

    It has no end: events come until `close`.

    Args:
        reader: opens and reads it.
        name: as given, without a password.
        stem: short name.
        first_retry_s: wait before the first new try.

    """

    clock: Clock = "monotonic"
    frame_count: int | None = None
    duration_s: float | None = None

    def __init__(self, reader: Reader, name: str, stem: str, first_retry_s: float = FIRST_RETRY_S) -> None:
        self.name = name
        self.stem = stem
        self._reader = reader
        self._first_retry_s = first_retry_s
        self._closed = threading.Event()
        self._changed = threading.Condition()
        self._newest: Frame | None = None
        self._cause = GapCause.STARTING
        self._cause_is_new = False
        self._next_index = 0

    def events(self) -> Iterator[Event]:
        """Yield `Gap` (starting), then frames; a gap at least every `GAP_PERIOD_S` while there is none."""
        threading.Thread(target=self._capture, name=f"capture {self.stem}", daemon=True).start()
        last = monotonic_now()
        yield Gap(last, GapCause.STARTING)
        while not self._closed.is_set():
            event = self._next_event()
            # a device stamps the picture before a gap that was said meanwhile
            t = max(event.t, last)
            last = t
            yield (
                Gap(t, event.cause)
                if isinstance(event, Gap)
                else Frame(event.image, t, event.index, self.name)
            )

    def close(self) -> None:
        """End the events; the thread ends with its present read, which is not waited for."""
        self._closed.set()
        self._reader.close()
        with self._changed:
            self._changed.notify_all()

    def _next_event(self) -> Frame | Gap:
        with self._changed:
            self._changed.wait_for(
                lambda: self._newest or self._cause_is_new or self._closed.is_set(), GAP_PERIOD_S
            )
            frame, self._newest = self._newest, None
            if frame is not None:
                return frame
            self._cause_is_new = False
            return Gap(monotonic_now(), self._cause)

    def _capture(self) -> None:
        retry_s = self._first_retry_s
        while not self._closed.is_set():
            before = self._next_index
            cause = GapCause.LOST
            try:
                reason = self._reader.read(self._taker(before))
            except Hung as hung:
                cause, reason = GapCause.HUNG, str(hung)
            if self._closed.is_set():
                return
            retry_s = self._first_retry_s if self._next_index > before else min(2 * retry_s, LAST_RETRY_S)
            logger.warning("%s: no picture: %s; trying again in %.2g s", self.name, reason, retry_s)
            self._say(cause)
            self._closed.wait(retry_s)

    def _taker(self, first_index: int) -> HandOver:
        """Return what takes the pictures of one opening, of which the first has this index."""

        def take(image: Image, t: float, number: int) -> bool:
            frame = Frame(image, t, first_index + number, self.name)
            with self._changed:
                self._next_index = frame.index + 1
                self._newest = frame
                # silence from here on is no lost connection but a read that hangs
                self._cause = GapCause.HUNG
                self._changed.notify_all()
            return not self._closed.is_set()

        return take

    def _say(self, cause: GapCause) -> None:
        with self._changed:
            self._cause = cause
            self._cause_is_new = True
            self._changed.notify_all()
