"""Between capture and monitor: the newest picture wins, gaps and signals are never dropped."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from drivermon.events import Gap, VehicleSignal
from drivermon.messages import Event

MAX_SIGNALS: Final = 4096
"""Signals that may wait for the next picture; a flood that is longer loses its oldest, counted."""


class Mailbox:
    """Events in order of time, at most one of them a picture.

    A picture is a `Frame` or a recorded `Observation`. A signal waits until a picture or gap at or
    after its own time is there: so signals, whose thread is another one, fall in between at their
    place, and time never goes back.

    Attributes:
        dropped: pictures that a newer one has replaced.
        signals_lost: signals lost to a flood.

    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.dropped = 0
        self.signals_lost = 0
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._waiting: deque[Event] = deque()
        self._waiting_since = 0.0
        self._signals: deque[VehicleSignal] = deque(maxlen=MAX_SIGNALS)
        self._t = float("-inf")
        self._ended = False

    def put(self, event: Event) -> None:
        """Add the next picture or gap, or a signal, from any thread; never waits."""
        with self._changed:
            if isinstance(event, VehicleSignal):
                self.signals_lost += len(self._signals) == MAX_SIGNALS
                self._signals.append(event)
                return
            if not self._waiting:
                self._waiting_since = self._monotonic()
            if not isinstance(event, Gap):
                gaps = [old for old in self._waiting if isinstance(old, Gap)]
                self.dropped += len(self._waiting) - len(gaps)
                self._waiting = deque(gaps)
            self._waiting.append(event)
            self._changed.notify()

    def take(self, timeout_s: float) -> Event | None:
        """Return the next event; `None` after `timeout_s` seconds without one, or at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended, timeout_s)
            if not self._waiting:
                return None
            picture = self._waiting[0]
            if self._signals and self._signals[0].t <= picture.t:
                signal = self._signals.popleft()
                self._t = max(self._t, signal.t)
                return replace(signal, t=self._t)
            self._t = max(self._t, picture.t)
            self._waiting_since = self._monotonic()
            return self._waiting.popleft()

    def end(self) -> None:
        """Say that no more events come; what waits can still be taken."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    @property
    def is_empty_for_good(self) -> bool:
        """Whether the end was said and everything has been taken."""
        with self._changed:
            return self._ended and not self._waiting

    def waiting_s(self, now: float) -> float:
        """Return how long something has waited since the last was taken, 0 when nothing waits."""
        with self._changed:
            return now - self._waiting_since if self._waiting else 0.0
