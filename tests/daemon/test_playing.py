"""Recordings in real time; short ones, so that waiting for their time is no waiting."""

import time
from itertools import pairwise
from pathlib import Path

import pytest

from drivermon.config import Settings
from drivermon.daemon.playing import PlayedSource
from drivermon.sources import Source, open_source
from tests.daemon.conftest import write_drive
from tests.drives import lost, seen


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    return write_drive(tmp_path / "short.jsonl", [seen(5.0), seen(5.02), lost(5.04), seen(5.06)])


def played(drive: Path, *, loop: bool = False, speed: float = 1.0) -> PlayedSource:
    def opened() -> Source:
        return open_source(str(drive), Settings())

    return PlayedSource(opened, loop, speed)


def test_at_speed_one_the_time_is_the_computers_and_no_event_comes_before_it(drive: Path) -> None:
    begun = time.monotonic()
    source = played(drive)
    assert source.clock == "monotonic"
    times = []
    for event in source.events():
        assert event.t <= time.monotonic() + 1e-5
        times.append(event.t)
    assert times[0] >= begun - 1e-5
    assert [later - times[0] for later in times] == pytest.approx([0, 0.02, 0.04, 0.06], abs=1e-5)
    assert source.monotonic_at(7.0) == source.time_at(7.0) == 7.0


def test_at_another_speed_time_is_the_recordings_own_so_that_rules_hold_as_long(drive: Path) -> None:
    source = played(drive, speed=4.0)
    assert source.clock == "media"
    for event in source.events():
        assert source.monotonic_at(event.t) <= time.monotonic() + 1e-5
        assert source.time_at(source.monotonic_at(event.t)) == pytest.approx(event.t, abs=1e-5)
    assert event.t == pytest.approx(0.06)


def test_a_loop_goes_on_in_time(drive: Path) -> None:
    source = played(drive, loop=True)
    events = source.events()
    times = [next(events).t for _ in range(10)]
    source.close()
    assert list(events) == []
    assert all(a < b for a, b in pairwise(times))
    assert times[4] - times[3] == pytest.approx(1 / 30, abs=1e-5)


def test_a_recording_that_cannot_keep_up_plays_slower_and_says_so_once(
    drive: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivermon.daemon.playing.MAX_LATE_S", -1.0)  # everything is late
    for speed in (1.0, 4.0):
        times = [event.t for event in played(drive, speed=speed).events()]
        assert all(a <= b for a, b in pairwise(times))
    assert caplog.text.count("it plays slower") == 2
