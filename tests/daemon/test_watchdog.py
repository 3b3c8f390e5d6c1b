"""The watchdog is fed from proven progress: with the real threads and a real notify socket."""

import logging
import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivermon.config import Settings
from drivermon.daemon import daemon as daemon_module
from drivermon.daemon import worker as worker_module
from drivermon.daemon.corridor import Corridor, open_decisions
from drivermon.daemon.daemon import Daemon, Loaders
from drivermon.daemon.notify import Notifier
from drivermon.daemon.playing import PlayedSource
from drivermon.events import Frame, Gap
from drivermon.messages import Observation
from drivermon.pipeline import Pipeline
from drivermon.sources import open_source
from tests.bus.conftest import ipc
from tests.daemon.conftest import PATIENCE_S, SystemdSocket
from tests.sources.videos import steady, write_video


class Perception:
    """Sees nobody, and hangs while it is told to."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.go_on.set()

    def observe(self, frame: Frame) -> Observation:
        assert self.go_on.wait(PATIENCE_S)
        return Observation(t=frame.t, index=frame.index, face=None)

    def gap(self, gap: Gap) -> None:
        pass


class Complaints(logging.Handler):
    """What the daemon logs as errors, as it comes."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.put(record.getMessage())


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    handler = Complaints()
    logging.getLogger("drivermon.daemon.daemon").addHandler(handler)
    yield handler
    logging.getLogger("drivermon.daemon.daemon").removeHandler(handler)


def test_a_stuck_monitor_stops_the_watchdog_and_progress_feeds_it_again(
    folder: Path, systemd: SystemdSocket, complaints: Complaints, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (daemon_module, worker_module):
        monkeypatch.setattr(module, "STALL_S", 1.5)  # three turns of an idle bus
    video = folder / "drive.mp4"
    write_video(video, steady(30))
    settings = Settings(bus=ipc(folder))
    perception = Perception()
    decisions = open_decisions(settings, {})
    pipeline = Pipeline(settings, decisions.digests, perception)
    corridor = Corridor(settings, decisions.digests, None, None, pipeline)
    source = PlayedSource(lambda: open_source(str(video), settings), loop=True)
    notifier = Notifier({"NOTIFY_SOCKET": str(systemd.path), "WATCHDOG_USEC": "200000"})
    running = Daemon(corridor, source, Loaders(lambda: settings, lambda _: source), notifier=notifier)
    told_while_stuck: list[str] = []
    failures: list[BaseException] = []

    def supervise() -> None:
        try:
            systemd.until("WATCHDOG=1")
            perception.go_on.clear()
            while "monitor" not in complaints.lines.get(timeout=PATIENCE_S):
                pass  # a busy machine may hold up another thread for a moment
            systemd.drain()
            for _ in range(4):
                complaints.lines.get(timeout=PATIENCE_S)
            told_while_stuck.extend(systemd.drain())
            perception.go_on.set()
            systemd.until("WATCHDOG=1")
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)
        finally:
            perception.go_on.set()
            running.command("stop")

    beside = threading.Thread(target=supervise)
    beside.start()
    running.run()
    beside.join()
    assert not failures, failures
    assert not any("WATCHDOG=1" in told for told in told_while_stuck)


def test_without_systemd_nothing_is_told_and_nothing_fails(caplog: pytest.LogCaptureFixture) -> None:
    Notifier({}).tell("READY=1")
    assert caplog.text == ""
    assert Notifier({}).watchdog_s is None


def test_a_watchdog_of_another_process_is_not_ours() -> None:
    assert Notifier({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}).watchdog_s is None
    assert Notifier({"WATCHDOG_USEC": "3000000"}).watchdog_s == 3.0
    assert Notifier({"WATCHDOG_USEC": "soon"}).watchdog_s is None


def test_a_socket_that_is_gone_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).tell("READY=1")
    assert "systemd can't be told: No such file or directory" in caplog.text
