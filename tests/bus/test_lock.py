"""One daemon an endpoint, whatever became of the one before."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivermon import DriverState, Restarted, subscribe
from drivermon.bus.lock import EndpointLock
from drivermon.bus.thread import BusThread
from drivermon.config import BusSettings
from drivermon.errors import BusError, EndpointTakenError
from tests import samples
from tests.bus.conftest import ipc
from tests.bus.waiting import first, received

ROOT = Path(__file__).parents[2]

_DAEMON = """
import sys
from pathlib import Path
from drivermon.bus.thread import BusThread
from tests import samples
from tests.bus.conftest import ipc
with BusThread(ipc(Path(sys.argv[1])), "other", "media") as bus:
    bus.post(samples.state(1.0, samples.open_alert()), samples.health())
    print("ready", flush=True)
    sys.stdin.read()
"""


@contextmanager
def daemon(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """A bus in another process."""
    command = [sys.executable, "-c", _DAEMON, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, cwd=ROOT, **pipes) as process:  # type: ignore[call-overload]
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def test_a_second_daemon_is_refused_and_told_who_holds_the_endpoint(
    folder: Path, settings: BusSettings
) -> None:
    with daemon(folder) as holder:
        with pytest.raises(EndpointTakenError, match=rf"b\.sock: process {holder.pid} already publishes"):
            BusThread(settings, "test", "media")
        with subscribe(settings.endpoint) as app:
            assert first(app, DriverState), "the first one goes on undisturbed"


def test_after_a_kill_the_next_daemon_takes_over_and_clients_notice(
    folder: Path, settings: BusSettings
) -> None:
    with subscribe(settings.endpoint) as app:
        with daemon(folder) as killed:
            first(app, DriverState)
            killed.kill()
            killed.wait()
        assert (folder / "b.sock").exists(), "it had no chance to tidy up"
        assert app.open_alerts
        with BusThread(settings, "test", "media") as bus:
            bus.post(samples.state(2.0), samples.health())
            items = received(app, lambda items: samples.state(2.0) in items)
            assert Restarted(bus.boot_id, (samples.open_alert(),)) in items
            assert app.open_alerts == ()


def test_a_daemon_of_the_same_process_is_refused_too(settings: BusSettings) -> None:
    with BusThread(settings, "test", "media"), pytest.raises(EndpointTakenError):
        BusThread(settings, "test", "media")
    BusThread(settings, "test", "media").close()


def test_one_socket_for_both_is_refused(folder: Path) -> None:
    with pytest.raises(EndpointTakenError, match=r"set bus\.endpoint and bus\.signals_endpoint to others"):
        BusThread(ipc(folder, signals_endpoint=f"ipc://{folder}/b.sock"), "test", "media")


def test_a_lock_that_cannot_be_made_is_named(folder: Path) -> None:
    (folder / "target").write_text("")
    (folder / "b.sock.lock").symlink_to(folder / "target")
    with pytest.raises(BusError, match=r"b\.sock\.lock: can't lock the endpoint"):
        EndpointLock(folder / "b.sock")
    assert (folder / "target").read_text() == "", "nobody lends our rights to write into another file"
