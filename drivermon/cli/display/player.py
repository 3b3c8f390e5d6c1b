"""Plays a drive through the corridor: live on a screen, or as plain lines as fast as it goes."""

import statistics
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live

from drivermon.cli.display.keyboard import Keyboard
from drivermon.cli.display.lines import alert_line
from drivermon.cli.display.screen import Reading, Scene, screen
from drivermon.cli.display.words import alert_in_words, state_in_words
from drivermon.events import Frame
from drivermon.messages import Alert, AlertEvent, Event
from drivermon.pipeline import Pipeline, Result

DRAWINGS_HZ = 15.0
DRAWING_SHARE = 0.4
"""At most this share of the time goes into drawing, so that a slow terminal does not hold the corridor up."""

MAX_LATE_S = 0.1
"""A frame that would be judged later than this is left out, as the daemon does: the newest frame wins."""

TruthAt = Callable[[float], Reading | None]
"""What is true at a time in seconds."""


@dataclass(slots=True)
class Tally:
    """What has been played so far."""

    frames: int = 0
    faces: int = 0
    skipped: int = 0
    t: float = 0.0
    alerts: list[Alert] = field(default_factory=list)
    step_s: deque[float] = field(default_factory=lambda: deque(maxlen=300))

    def note(self, t: float, result: Result, step_s: float) -> None:
        """Count one event that was judged within `step_s` seconds."""
        self.t = t
        self.alerts += result.alerts
        if result.observation is not None:
            self.frames += 1
            self.faces += result.observation.face is not None
            self.step_s.append(step_s)

    def summary(self) -> str:
        """Return everything in one line."""
        raised = sum(alert.event is AlertEvent.RAISED for alert in self.alerts)
        parts = [f"{self.t:.1f} s", f"{self.frames} frames"]
        if self.skipped:
            parts.append(f"{self.skipped} left out")
        if self.frames:
            parts.append(f"face in {100 * self.faces / self.frames:.0f} %")
        parts.append(f"{raised} alert{'' if raised == 1 else 's'}")
        if self.step_s:
            parts.append(f"{1000 * statistics.median(self.step_s):.1f} ms a frame")
        return ", ".join(parts)

    def pace(self) -> str:
        """Return the last seconds' time a frame, and how many frames were left out."""
        took = f"{1000 * statistics.median(self.step_s):.0f} ms a frame" if self.step_s else ""
        return f"{took}, {self.skipped} left out" if self.skipped else took


def first_frames(events: Iterable[Event], frames: int | None) -> Iterator[Event]:
    """Yield the events up to the first `frames` frames; all of them with `None`."""
    if frames is None:
        yield from events
        return
    seen = 0
    for event in events:
        yield event
        seen += isinstance(event, Frame)
        if seen >= frames:
            return


def play_plain(
    events: Iterable[Event], pipeline: Pipeline, truth_at: TruthAt, write: Callable[[str], None]
) -> Tally:
    """Write a line for each alert and each change of the state, as fast as it goes."""
    tally = Tally()
    before = ""
    for event in events:
        started = time.perf_counter()
        result = pipeline.step(event)
        tally.note(event.t, result, time.perf_counter() - started)
        state = state_in_words(result.state)
        if state != before:
            truth = truth_at(event.t)
            beside = f"  (truth: {truth.doing})" if truth else ""
            write(f"{event.t:7.1f} s  {state}{beside}")
            before = state
        for alert in result.alerts:
            write(f"{alert.t:7.1f} s  {alert.event} {alert.severity}: {alert_in_words(alert)}")
    return tally


class LivePlayer:
    """Plays in real time on a terminal until the end or until q is pressed.

    Args:
        console: of the terminal.
        limit: share that a winning emotion must pass.
        duration_s: of the drive, `None` when not known.
        speed: 1 for real time.

    """

    def __init__(self, console: Console, limit: float, duration_s: float | None, speed: float) -> None:
        self._console = console
        self._limit = limit
        self._duration_s = duration_s
        self._speed = speed
        self._tally = Tally()
        self._next_drawing = 0.0

    def play(self, events: Iterable[Event], pipeline: Pipeline, truth_at: TruthAt) -> Tally:
        """Play all events; return what was played."""
        with Keyboard() as keyboard, Live(console=self._console, screen=True, auto_refresh=False) as live:
            frame: Frame | None = None
            for event in self._in_time(events, keyboard):
                frame = event if isinstance(event, Frame) else frame
                started = time.perf_counter()
                result = pipeline.step(event)
                self._tally.note(event.t, result, time.perf_counter() - started)
                self._draw(live, frame, result, truth_at)
        return self._tally

    def _in_time(self, events: Iterable[Event], keyboard: Keyboard) -> Iterator[Event]:
        """Yield each event when its time has come; leave out frames that are late, end at q."""
        begun: float | None = None
        for event in events:
            now = time.monotonic()
            if begun is None:
                begun = now - event.t / self._speed
            early_s = begun + event.t / self._speed - now
            if keyboard.pressed(max(0.0, early_s)) == "q":
                return
            if isinstance(event, Frame) and early_s < -MAX_LATE_S:
                self._tally.skipped += 1
                continue
            yield event

    def _draw(self, live: Live, frame: Frame | None, result: Result, truth_at: TruthAt) -> None:
        started = time.monotonic()
        if started < self._next_drawing:
            return
        tally = self._tally
        scene = Scene(
            t=tally.t,
            duration_s=self._duration_s,
            frame=frame,
            observation=result.observation,
            state=result.state,
            truth=truth_at(tally.t),
            alerts=tally.alerts,
            limit=self._limit,
            pace=tally.pace(),
        )
        live.update(screen(scene, *self._console.size), refresh=True)
        took_s = time.monotonic() - started
        self._next_drawing = started + max(1.0 / DRAWINGS_HZ, took_s / DRAWING_SHARE)


def print_alerts(console: Console, tally: Tally) -> None:
    """Print what was said during the drive, which the screen has taken away with it, and the summary."""
    for alert in tally.alerts:
        console.print(alert_line(alert))
    console.print(tally.summary())
