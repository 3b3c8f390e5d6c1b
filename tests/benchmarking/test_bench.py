"""`drivermon bench` as a person calls it: gives its numbers, disturbs nobody, leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from drivermon.bus.lock import EndpointLock
from tests.cli.running import assert_one_clear_error, drivermon
from tests.daemon.conftest import PATIENCE_S, folder  # noqa: F401 - a fixture
from tests.sources.videos import steady, write_video


@pytest.fixture
def recording(tmp_path: Path) -> str:
    file = tmp_path / "tiny.mp4"
    write_video(file, steady(5))
    return str(file)


class Marked:
    """An environment that tells whose processes are whose."""

    def __init__(self) -> None:
        self._mark = f"BENCH_TEST={uuid.uuid4().hex}"
        name, _, value = self._mark.partition("=")
        self.environ = {name: value, "OMP_NUM_THREADS": "1"}

    def commands(self) -> list[str]:
        """Return the command lines of all living processes with this environment."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark.encode() in (process / "environ").read_bytes():
                    found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue  # it has ended, or is another user's
        return found


@pytest.fixture
def marked() -> Marked:
    return Marked()


@pytest.mark.slow
def test_it_tells_all_numbers_and_disturbs_no_daemon(
    recording: str,
    tmp_path: Path,
    marked: Marked,
    folder: Path,  # noqa: F811
) -> None:
    socket = folder / "bus.sock"
    lock = EndpointLock(socket)
    file = tmp_path / "bench.json"
    file.write_text("of an earlier run")
    command = ["bench", "--source", recording, "--seconds", "2", "--json", str(file)]
    result = drivermon(*command, "--set", f"bus.endpoint=ipc://{socket}", env=marked.environ)
    lock.close()
    assert result.returncode == 0, result.stderr
    assert not socket.exists()
    assert marked.commands() == []
    for words in ("capture to receive, median", "CPU of the daemon", "pictures dropped", "≤ 10, then 6"):
        assert words in result.stdout
    told = json.loads(file.read_text())
    live = told["live"]
    assert live["capture_to_receive"]["count"] > 10
    assert 0 < live["capture_to_receive"]["p50_ms"] <= live["capture_to_receive"]["max_ms"]
    assert live["sent_to_receive"]["max_ms"] >= live["capture_to_receive"]["p50_ms"]
    assert live["face_share"] == 0
    assert live["first_face_s"] is None
    assert live["start_s"] > 0
    assert 0 < live["cpu"]["cores"] <= told["machine"]["cores"]
    assert 20 < live["memory"]["max_mb"] < told["machine"]["memory_mb"]
    assert len(live["networks"]["emotion"]) == 64
    assert told["machine"]["packages"]["numpy"]
    stages = told["stages"]
    assert {"decode", "locate", "search the whole picture", "all of a picture"} <= stages.keys()
    assert "landmarks" not in stages  # there is no face
    assert stages["all of a picture"]["p50_ms"] > stages["locate"]["p50_ms"] > 0
    assert stages["locate"]["cpu_ms"] > 0
    assert told["replay"]["frames"] == 5
    assert told["replay"]["times_real_time"] == pytest.approx(told["replay"]["fps"] / 30, abs=1e-3)


@pytest.mark.slow
def test_a_daemon_that_does_not_start_is_one_clear_error_and_leaves_nothing(
    recording: str, marked: Marked
) -> None:
    command = ["bench", "--source", recording, "--set", "emotion.network=/nowhere.onnx"]
    result = drivermon(*command, env=marked.environ)
    assert_one_clear_error(result, "the daemon has ended with exit status 1", "/nowhere.onnx")
    assert result.returncode == 1
    assert marked.commands() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_broken_off_it_ends_all_its_processes(
    recording: str, marked: Marked, number: signal.Signals, status: int
) -> None:
    command = [sys.executable, "-m", "drivermon", "bench", "--source", recording, "--seconds", "600"]
    process = subprocess.Popen(command, env=os.environ | marked.environ, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not any("drivermon run" in line for line in marked.commands()):
            assert time.monotonic() < deadline
            assert process.poll() is None
        process.send_signal(number)
        _, said = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == status
    assert "Traceback" not in said
    while number == signal.SIGKILL and marked.commands():  # nobody waits for them
        assert time.monotonic() < deadline + PATIENCE_S
    assert marked.commands() == []


@pytest.mark.parametrize(
    ("source", "words"),
    [("nowhere.mp4", "can't be opened"), ("0", "a camera or stream"), ("http://127.0.0.1:1/", "a camera")],
)
def test_what_can_not_be_shown_is_refused(source: str, words: str) -> None:
    assert_one_clear_error(drivermon("bench", "--source", source), source, words)


def test_a_recording_without_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "drive.jsonl").write_text("{}\n")
    assert_one_clear_error(drivermon("bench", "--source", str(tmp_path / "drive.jsonl")), "drive.jsonl")


def test_a_file_that_can_not_be_written_is_known_before_anything_starts(
    recording: str, tmp_path: Path
) -> None:
    for file in (tmp_path, tmp_path / "none" / "bench.json"):
        result = drivermon("bench", "--source", recording, "--json", str(file))
        assert_one_clear_error(result, str(file), "can't be written")


def test_a_bad_configuration_has_its_exit_status() -> None:
    assert drivermon("bench", "--set", "runtime.threads=0").returncode == 78


def test_bad_usage_has_its_exit_status() -> None:
    assert drivermon("bench", "--seconds", "0").returncode == 2
