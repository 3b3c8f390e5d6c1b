"""Cameras and streams: pictures as they come, and gaps while none comes.

A thread of its own blocks on the device, so that time goes on and `close` returns even when
a read hangs. It hands over the newest picture only: a late consumer skips pictures, which
`Frame.index` shows.
"""

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import av

from drivermon.errors import DrivermonError
from drivermon.events import TIME_DECIMALS, Frame, Gap, GapCause
from drivermon.messages import Event
from drivermon.sources.decoding import PictureReader, reason_of
from drivermon.sources.source import GAP_PERIOD_S, Clock, Source

OPEN_TIMEOUT_S = 5.0
"""Longest wait for a connection: a camera on a slow bus or network needs seconds."""

READ_TIMEOUT_S = 1.5
"""Longest wait for data, after which the connection is given up and made anew."""

FIRST_RETRY_S = 0.5
LAST_RETRY_S = 1.0
"""The wait before the next try doubles from the first to the last: a camera that is back is seen in 2 s."""

DEVICE_CLOCK_S = 2.0
"""A device's timestamp this close before the monotonic clock's time is taken to be on that clock."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """What PyAV is asked to open.

    Attributes:
        url: device, file or address, passwords included.
        format: name of the input format, `None` to have it found out.
        options: of format, protocol and decoder.

    """

    url: str
    format: str | None
    options: Mapping[str, str]


class LiveSource(Source):
    """A camera or stream on the computer's monotonic clock, opened again whenever it is lost.

    It has no end: events come until `close`.
    """

    clock: Clock = "monotonic"
    frame_count: int | None = None
    duration_s: float | None = None

    def __init__(self, target: Target, name: str, stem: str, first_retry_s: float = FIRST_RETRY_S) -> None:
        """Open nothing yet: a camera may come later than the daemon."""
        self.name = name
        self.stem = stem
        self._target = target
        self._first_retry_s = first_retry_s
        self._closed = threading.Event()
        self._changed = threading.Condition()
        self._newest: Frame | None = None
        self._cause = GapCause.STARTING
        self._cause_is_new = False
        self._index = 0

    def events(self) -> Iterator[Event]:
        """Yield `Gap` (starting), then frames; a gap at least every `GAP_PERIOD_S` while there is none."""
        threading.Thread(target=self._capture, name=f"capture {self.stem}", daemon=True).start()
        last = _now()
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
            return Gap(_now(), self._cause)

    def _capture(self) -> None:
        retry_s = self._first_retry_s
        while not self._closed.is_set():
            before = self._index
            reason = self._read_until_lost()
            if self._closed.is_set():
                return
            retry_s = self._first_retry_s if self._index > before else min(2 * retry_s, LAST_RETRY_S)
            logger.warning("%s: no picture: %s; trying again in %.1f s", self.name, reason, retry_s)
            self._say(GapCause.LOST)
            self._closed.wait(retry_s)

    def _read_until_lost(self) -> str:
        """Hand over pictures until there are no more, and return why."""
        target = self._target
        try:
            with av.open(
                target.url,
                format=target.format,
                options=dict(target.options),
                timeout=(OPEN_TIMEOUT_S, READ_TIMEOUT_S),
            ) as container:
                if not container.streams.video:
                    return "it carries no video"
                reader = PictureReader(self.name)
                for packet in container.demux(container.streams.video[0]):
                    self._hand_over(packet, reader)
                    if self._closed.is_set():
                        break
        except av.FFmpegError as error:
            return reason_of(error)
        except DrivermonError as error:
            return str(error)
        return "the stream ended"

    def _hand_over(self, packet: "av.Packet[av.VideoStream]", reader: PictureReader) -> None:
        arrived = _now()  # before decoding, which is part of the latency
        try:
            pictures = packet.decode()
        except av.InvalidDataError:
            # cameras now and then send a picture that is torn; the next one is whole again
            logger.debug("%s: a picture is damaged", self.name)
            return
        for picture in pictures:
            frame = Frame(reader.image(picture), _capture_time(picture, arrived), self._index, self.name)
            with self._changed:
                self._index += 1
                self._newest = frame
                # silence from here on is no lost connection but a read that hangs
                self._cause = GapCause.HUNG
                self._changed.notify_all()

    def _say(self, cause: GapCause) -> None:
        with self._changed:
            self._cause = cause
            self._cause_is_new = True
            self._changed.notify_all()


def _capture_time(picture: av.VideoFrame, now: float) -> float:
    """Return the device's timestamp where it is on the monotonic clock, else `now`, when it arrived."""
    if picture.pts is not None and picture.time_base is not None:
        stamped = float(picture.pts * Fraction(picture.time_base))
        if now - DEVICE_CLOCK_S <= stamped <= now:
            return round(stamped, TIME_DECIMALS)
    return now


def _now() -> float:
    return round(time.monotonic(), TIME_DECIMALS)
