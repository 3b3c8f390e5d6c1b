"""The daemon in a process of its own, as systemd runs it: signals, readiness, watchdog, restart."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from drivermon import Alert, DriverState, Health, subscribe
from drivermon.events import Gap, GapCause
from drivermon.messages import Observed
from tests.bus.waiting import first, received
from tests.cli.running import assert_one_clear_error, drivermon
from tests.daemon.conftest import PATIENCE_S, SystemdSocket, daemon, write_drive
from tests.drives import at, seen, unseen


@pytest.fixture
def calm(tmp_path: Path) -> str:
    events: list[Observed] = list(at(30, 1.0, seen))  # type: ignore[arg-type]
    return str(write_drive(tmp_path / "calm.jsonl", events))


@pytest.fixture
def empty_seat(tmp_path: Path) -> str:
    def event(t: float) -> Observed:
        return seen(t) if t < 0.5 else unseen(t)

    events: list[Observed] = list(at(10, 60.0, event))  # type: ignore[arg-type]
    return str(write_drive(tmp_path / "empty.jsonl", events))


def escalated_alert(item: object) -> bool:
    return isinstance(item, Alert) and item.event == "escalated"


def bus_of(folder: Path) -> str:
    return f"ipc://{folder}/bus.sock"


def test_it_is_ready_publishes_tells_its_status_and_ends_on_sigterm(
    folder: Path, systemd: SystemdSocket, calm: str
) -> None:
    with daemon(folder, systemd, "--source", calm, "--loop") as process:
        assert "READY=1" in systemd.next()
        with subscribe(bus_of(folder)) as app:
            items = received(
                app, lambda items: any(isinstance(item, Health) and item.fps > 0 for item in items)
            )
        health = next(item for item in reversed(items) if isinstance(item, Health))
        assert (health.camera, health.provider, health.digests.networks) == (
            "ok",
            None,
            {"emotion": "e" * 64},
        )
        assert health.latency is not None
        assert any(isinstance(item, DriverState) and item.seen for item in items)
        systemd.until("STATUS=camera ok")
        process.send_signal(signal.SIGTERM)
        systemd.until("STOPPING=1")
        assert process.wait(PATIENCE_S) == 0
    assert not (folder / "bus.sock").exists()


def test_a_camera_that_hangs_keeps_nobody_from_ending(folder: Path, systemd: SystemdSocket) -> None:
    pipe = folder / "camera"
    os.mkfifo(pipe)
    with daemon(folder, systemd, "--source", str(pipe), watchdog_s=1.0) as process:
        systemd.until("READY=1")  # camera or not
        systemd.until("WATCHDOG=1")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0


def test_at_the_end_of_a_recording_it_ends_and_a_broken_one_is_an_error(
    folder: Path, systemd: SystemdSocket, tmp_path: Path
) -> None:
    drive = write_drive(tmp_path / "short.jsonl", [seen(0.0), Gap(0.01, GapCause.LOST)])
    with daemon(folder, systemd, "--source", str(drive)) as process:
        assert process.wait(PATIENCE_S) == 0
    drive.write_text(drive.read_text() + "garbage\n")
    with daemon(folder, systemd, "--source", str(drive)) as process:
        _, text = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 1
        assert "drivermon: error: " in text
        assert "short.jsonl:4: " in text
        assert "Traceback" not in text


def test_sighup_takes_a_good_configuration_and_refuses_a_bad_one(
    folder: Path, systemd: SystemdSocket, empty_seat: str, tmp_path: Path
) -> None:
    config = tmp_path / "car.toml"
    config.write_text("[logging]\nlevel = 'info'\n[alerts.emotion]\nsustained_s = 5.0\n")
    arguments = ("--config", str(config), "--source", empty_seat)
    with daemon(folder, systemd, *arguments) as process, subscribe(bus_of(folder)) as app:
        before = first(app, Health)
        assert isinstance(before, Health)
        config.write_text("[alerts.emotion]\nsustained_s = -5.0\n")
        process.send_signal(signal.SIGHUP)
        systemd.until("RELOADING=1")
        assert "READY=1" in systemd.next()
        config.write_text("[alerts.emotion]\nsustained_s = 6.0\n[bus]\nhigh_water_mark = 99\n")
        process.send_signal(signal.SIGHUP)
        received(
            app,
            lambda items: any(
                isinstance(item, Health) and item.digests.config != before.digests.config for item in items
            ),
        )
        process.send_signal(signal.SIGTERM)
        _, text = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert "the configuration stays as it was" in text
    assert "alerts.emotion.sustained_s" in text
    assert "[bus] has changed: that needs a restart" in text


def test_bad_settings_end_it_with_the_status_that_systemd_does_not_restart(tmp_path: Path) -> None:
    config = tmp_path / "car.toml"
    config.write_text("[camera]\nfps = 0\n")
    result = drivermon("run", "--config", str(config))
    assert result.returncode == 78
    assert_one_clear_error(result, "car.toml", "camera.fps")


def test_a_second_daemon_names_the_first(folder: Path, systemd: SystemdSocket, calm: str) -> None:
    with daemon(folder, systemd, "--source", calm, "--loop") as process:
        systemd.until("READY=1")
        second = drivermon("run", "--source", calm, env={"RUNTIME_DIRECTORY": str(folder)})
        assert second.returncode == 1
        assert f"process {process.pid} already publishes there" in second.stderr


def test_a_recorded_drive_goes_on_the_bus_at_another_speed_with_its_own_durations(
    folder: Path, tmp_path: Path
) -> None:
    events: list[Observed] = [seen(0.0), *at(10, 12.0, unseen)]  # type: ignore[list-item]
    drive = write_drive(tmp_path / "drive.jsonl", events)
    env = os.environ | {"RUNTIME_DIRECTORY": str(folder)}
    command = [sys.executable, "-m", "drivermon", "replay", str(drive), "--publish", "--speed", "3"]
    with subscribe(bus_of(folder)) as app, subprocess.Popen(command, env=env) as process:
        # the notice may go out before the bus is found
        items = received(app, lambda items: bool(items) and escalated_alert(items[-1]))
        assert app.envelope is not None
        assert app.envelope.clock == "media"
        assert process.wait(PATIENCE_S) == 0
    alert = items[-1]
    assert isinstance(alert, Alert)
    assert (alert.id, alert.t, alert.since) == (1, 10.0, 0.0)


def test_a_camera_is_no_recording_to_publish(folder: Path) -> None:
    result = drivermon("replay", "/dev/video77", "--publish", env={"RUNTIME_DIRECTORY": str(folder)})
    assert_one_clear_error(result, "/dev/video77: a camera, not a recording; use `drivermon run`")
