"""Starts what the benchmark measures, each in a process of its own, and ends it whatever happens."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from drivermon.config import Settings, to_toml
from drivermon.errors import BenchmarkError
from drivermon.leash import leashed

ENDS_WITHIN_S: Final = 5.0
"""After SIGTERM; a process that takes longer is killed."""

_LOG_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class Sent:
    """What the camera says at its end: how many clients came, and when it sent each picture (monotonic s)."""

    connections: int
    times_s: tuple[float, ...]


class CameraProcess:
    """A network camera in a process of its own; made by `camera_showing`.

    Attributes:
        url: where it is.

    """

    def __init__(self, process: "subprocess.Popen[bytes]", jpegs: list[bytes], fps: float) -> None:
        assert process.stdin is not None  # noqa: S101 - pipes were asked for
        assert process.stdout is not None  # noqa: S101
        self._input, self._output = process.stdin, process.stdout
        told = {"fps": fps, "sizes": [len(jpeg) for jpeg in jpegs]}
        try:
            self._input.write(json.dumps(told).encode() + b"\n")
            self._input.writelines(jpegs)
            self._input.flush()
        except BrokenPipeError:
            raise BenchmarkError("the camera's process has ended; its traceback is above") from None
        self.url = f"http://127.0.0.1:{self._read()}/"

    def finish(self) -> Sent:
        """End it and return what it has sent."""
        self._input.close()
        told = self._read()
        return Sent(told["connections"], tuple(told["sent"]))

    def _read(self) -> Any:
        line = self._output.readline()
        if not line:
            raise BenchmarkError("the camera's process has ended; its traceback is above")
        return json.loads(line)


class DaemonProcess:
    """`drivermon run` in a process of its own; made by `daemon_watching`.

    Attributes:
        endpoint: of its bus.
        pid: of its process.

    """

    def __init__(self, process: "subprocess.Popen[bytes]", folder: Path, log: Path) -> None:
        self.endpoint = f"ipc://{folder}/bus.sock"
        self.pid = process.pid
        self._process = process
        self._log = log

    def require_running(self) -> None:
        """Raise `BenchmarkError` with the end of its log if it has ended."""
        status = self._process.poll()
        if status is not None:
            raise BenchmarkError(f"the daemon has ended with exit status {status}: {self.log_tail()}")

    def log_tail(self) -> str:
        """Return the last lines of its log in one line."""
        lines = self._log.read_text("utf-8", "replace").splitlines()
        return " | ".join(lines[-_LOG_LINES:]) or "it has logged nothing"


@contextmanager
def camera_showing(jpegs: list[bytes], fps: float) -> Iterator[CameraProcess]:
    """Have a network camera that shows `jpegs` over and over.

    Raises:
        BenchmarkError: it does not start.

    """
    command = [sys.executable, "-m", "drivermon.benchmarking.camera"]
    with _running(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield CameraProcess(process, jpegs, fps)


@contextmanager
def daemon_watching(source: str, settings: Settings, folder: Path) -> Iterator[DaemonProcess]:
    """Have `drivermon run` on `source`, with `folder` for its runtime directory.

    Whatever else runs on this computer is not disturbed: neither its bus nor what it keeps.
    """
    config, log = folder / "bench.toml", folder / "daemon.log"
    config.write_text(to_toml(_alone(settings, source)), encoding="utf-8")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DRIVERMON_")}
    environ.pop("NOTIFY_SOCKET", None)
    environ["RUNTIME_DIRECTORY"] = str(folder)
    command = leashed([sys.executable, "-m", "drivermon", "run", "--config", str(config)])
    with log.open("wb") as stream, _running(command, env=environ, stderr=stream) as process:
        yield DaemonProcess(process, folder, log)


@contextmanager
def ending_on_sigterm() -> Iterator[None]:
    """Within it SIGTERM unwinds as ctrl-C does, so that no process is left behind."""

    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def own_folder() -> Iterator[Path]:
    """A private folder with a path short enough for a socket; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="dm-") as folder:
        yield Path(folder)


def _alone(settings: Settings, source: str) -> Settings:
    """Return the user's settings with a bus of its own, which tells every frame, and without CAN.

    The camera's pictures are upright already.
    """
    changes: dict[str, dict[str, object]] = {
        "camera": {"source": source, "rotate_deg": 0, "mirror": False},
        "bus": {"endpoint": "", "signals_endpoint": "", "keys": "", "publish_observations": True},
        "can": {"interface": ""},
    }
    sections = {name: getattr(settings, name).model_copy(update=changed) for name, changed in changes.items()}
    return settings.model_copy(update=sections)


@contextmanager
def _running(command: list[str], **options: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """Have a process that has ended afterwards, whenever a signal comes."""
    process: subprocess.Popen[bytes] | None = None
    try:
        with signals_held():
            # a session of its own: ctrl-C is for the benchmark, which then ends it
            process = subprocess.Popen(command, start_new_session=True, **options)  # noqa: S603 - our own
        yield process
    finally:
        if process is not None:
            with signals_held():
                _end(process)


@contextmanager
def signals_held() -> Iterator[None]:
    """Let SIGINT and SIGTERM come after what is done within, not in the middle of it."""
    held: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: held.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        if held:
            signal.raise_signal(held[0])


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()
