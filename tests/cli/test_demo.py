"""`drivermon demo`: plain lines without a terminal, a drawn screen in one, and a clean end."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from drivermon.cli.display.player import Tally, first_frames, play_plain
from drivermon.cli.display.screen import Reading
from drivermon.config import Settings
from drivermon.events import Frame, Gap, GapCause
from drivermon.messages import Digests, Event, FaceMeasurement, Observation
from drivermon.pipeline import Pipeline
from tests.cli.running import assert_one_clear_error, drivermon


class SeesUntil:
    """Perception of a driver who leaves at `gone_s`."""

    def __init__(self, gone_s: float) -> None:
        self._gone_s = gone_s

    def observe(self, frame: Frame) -> Observation:
        face = FaceMeasurement(box=(1, 1, 2, 2)) if frame.t < self._gone_s else None
        return Observation(t=frame.t, index=frame.index, face=face)

    def gap(self, gap: Gap) -> None:
        pass


def drive(seconds: float) -> Iterator[Event]:
    image = np.zeros((8, 8), np.uint8)
    return (Frame(image, index / 10, index, "test") for index in range(int(seconds * 10)))


def corridor(perception: SeesUntil) -> Pipeline:
    return Pipeline(Settings(), Digests(config="", networks={}), perception)


def test_plain_lines_are_changes_and_alerts_with_the_truth_beside() -> None:
    lines: list[str] = []
    tally = play_plain(drive(12), corridor(SeesUntil(1.0)), lambda _: Reading(doing="leaves"), lines.append)
    assert lines == [
        "    0.0 s  seen, uncertain  (truth: leaves)",
        "    1.0 s  driver not seen  (truth: leaves)",
        "    3.9 s  raised notice: driver not seen for 3.0 s (limit 3 s)",
        "   10.9 s  escalated warning: driver not seen for 10.0 s (limit 10 s)",
    ]
    assert tally.summary().startswith("11.9 s, 120 frames, face in 8 %, 1 alert, ")


def test_the_summary_of_nothing_is_a_line_too() -> None:
    assert Tally().summary() == "0.0 s, 0 frames, 0 alerts"


def test_frames_are_counted_and_gaps_are_not() -> None:
    events: list[Event] = [Gap(0.0, GapCause.STARTING), *drive(1), Gap(2.0, GapCause.LOST)]
    assert len(list(first_frames(events, 3))) == 4
    assert len(list(first_frames(events, None))) == 12
    assert list(first_frames([], 3)) == []


def test_the_shipped_drive_plays_into_a_pipe() -> None:
    result = drivermon("demo", "--frames", "30")
    assert (result.returncode, result.stderr) == (0, "")
    *lines, summary = result.stdout.splitlines()
    assert any("seen, " in line and "(truth: " in line for line in lines)
    assert summary.startswith("1.9 s, 30 frames, face in ")


@pytest.mark.parametrize("name", ["missing.mp4", "empty.mp4"])
def test_a_drive_that_can_not_be_opened_is_one_clear_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.mp4").touch()
    assert_one_clear_error(drivermon("demo", str(tmp_path / name)), name)


class Terminal:
    """`drivermon demo` in a terminal of 80x24."""

    def __init__(self, *arguments: str) -> None:
        self._own, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        for name in ("NO_COLOR", "COLUMNS", "LINES"):
            environment.pop(name, None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "drivermon", "demo", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            start_new_session=True,
        )
        self.before = termios.tcgetattr(theirs)
        self._theirs = theirs
        self.text = ""

    def read_until(self, *words: str, timeout_s: float = 90.0) -> None:
        """Read on until the last of `words` has come; fails when the process ends or it takes too long."""
        end = time.monotonic() + timeout_s
        while not all(word in self.text for word in words):
            assert time.monotonic() < end, self.text[-2000:]
            ready, _, _ = select.select([self._own], [], [], 0.2)
            if ready:
                self.text += os.read(self._own, 65536).decode(errors="replace")
            else:
                assert self.process.poll() is None or all(word in self.text for word in words), self.text

    def press(self, key: str) -> None:
        os.write(self._own, key.encode())

    def close(self) -> list[object]:
        """Wait for the end; return the terminal's settings."""
        status = self.process.wait(30)
        settings: list[object] = termios.tcgetattr(self._theirs)
        os.close(self._own)
        os.close(self._theirs)
        assert status is not None
        return settings


def test_in_a_terminal_it_draws_and_q_ends_it_and_gives_the_terminal_back() -> None:
    terminal = Terminal()
    terminal.read_until("▀", "q quits", "truth: ", "surprise")
    terminal.press("q")
    terminal.read_until(" frames, ")
    assert terminal.close() == terminal.before
    assert terminal.process.returncode == 0
    assert "\x1b[?1049h" in terminal.text  # the alternate screen, entered and left
    assert "\x1b[?1049l" in terminal.text
    assert "Traceback" not in terminal.text


def test_an_interrupt_ends_it_quietly_and_gives_the_terminal_back() -> None:
    terminal = Terminal()
    terminal.read_until("q quits")
    os.kill(terminal.process.pid, signal.SIGINT)
    terminal.read_until("\x1b[?1049l")
    assert terminal.close() == terminal.before
    assert terminal.process.returncode == 130
    assert "Traceback" not in terminal.text
