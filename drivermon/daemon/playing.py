"""Recordings as if they happened now: their time is mapped on the clock of the computer."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from drivermon.events import TIME_DECIMALS
from drivermon.messages import Event, Observation
from drivermon.sources.source import Clock, Source

MAX_LATE_S: Final = 0.25
"""Pictures that come later than this slow the recording down: who decodes it can't keep up."""

SEAM_S: Final = 1 / 30
"""Between the last event of a recording and the first one when it begins again."""

logger = logging.getLogger(__name__)


class PlayedSource(Source):
    """A recording, each event when its time has come.

    At speed 1 events carry the monotonic clock's time, as those of a camera do. At another speed
    they keep the recording's own, or rules would hold for other durations; it then begins at 0.

    Args:
        open_recording: opens it; called again for each round.
        loop: begin again at the end.
        speed: 1 is real time.

    """

    frame_count: int | None = None
    duration_s: float | None = None

    def __init__(self, open_recording: Callable[[], Source], loop: bool = False, speed: float = 1.0) -> None:
        self._open = open_recording
        self._loop = loop
        self._speed = speed
        self._closed = threading.Event()
        self._source = open_recording()
        self.name = self._source.name
        self.stem = self._source.stem
        self.clock: Clock = "monotonic" if speed == 1.0 else "media"
        self._begun = time.monotonic()
        self._slow = False
        self._reading = False

    def events(self) -> Iterator[Event]:
        """Yield the events of all rounds.

        Raises:
            SourceError: as the recording's own.

        """
        self._reading = True
        try:
            yield from self._rounds()
        finally:
            self._source.close()

    def close(self) -> None:
        """End the events; a recording that is being read is closed by its reader."""
        self._closed.set()
        if not self._reading:
            self._source.close()

    def time_at(self, monotonic: float) -> float:
        """Return the time on this source's clock at a time of the monotonic clock."""
        return monotonic if self.clock == "monotonic" else (monotonic - self._begun) * self._speed

    def monotonic_at(self, t: float) -> float:
        """Return when on the monotonic clock an event at `t` is due."""
        return t if self.clock == "monotonic" else self._begun + t / self._speed

    def _rounds(self) -> Iterator[Event]:
        self._begun = time.monotonic()
        end = self._begun if self.clock == "monotonic" else 0.0
        while not self._closed.is_set():
            shift: float | None = None
            for event in self._source.events():
                shift = end - event.t if shift is None else shift
                late_s = self._wait_until(event.t + shift)
                if self._closed.is_set():
                    return
                if late_s > MAX_LATE_S:
                    shift += self._slip(late_s)
                end = round(event.t + shift, TIME_DECIMALS)
                yield _at(event, end)
            if not self._loop or shift is None:
                return
            end += SEAM_S
            self._source.close()
            self._source = self._open()

    def _wait_until(self, t: float) -> float:
        """Wait for an event's time and return by how many seconds it was late."""
        early_s = self.monotonic_at(t) - time.monotonic()
        if early_s > 0:
            self._closed.wait(early_s)
        return -early_s

    def _slip(self, late_s: float) -> float:
        """Let the recording go on later; return by how much its events' times move."""
        if not self._slow:
            logger.warning("%s: can't be decoded or rendered in time; it plays slower", self.name)
            self._slow = True
        if self.clock == "monotonic":
            return late_s
        self._begun += late_s
        return 0.0


def _at(event: Event, t: float) -> Event:
    return event.model_copy(update={"t": t}) if isinstance(event, Observation) else replace(event, t=t)
