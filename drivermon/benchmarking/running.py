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

ENDS_WITHIN_S: Final = 5.0
"""After SIGTERM; a process that takes longer is killed."""

_LOG_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class Sent:
    """What the camera says at its end: how many clients came, and when it sent each picture (monotonic s)."""

    connections: int
    times_s: tuple[float, ...]


class CameraProcess:
    """A network camera that shows `jpegs` at `fps`; a context manager.

    Attributes:
        url: where it is.

    """

    def __init__(self, jpegs: list[bytes], fps: float) -> None:
        command = [sys.executable, "-m", "drivermon.benchmarking.camera"]
        # a session of its own: ctrl-C is for the benchmark, which then ends it
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        try:
            told = {"fps": fps, "sizes": [len(jpeg) for jpeg in jpegs]}
            self._write(json.dumps(told).encode() + b"\n", *jpegs)
            self.url = f"http://127.0.0.1:{self._read()}/"
        except BaseException:
            self.close()
            raise

    def finish(self) -> Sent:
        """End it and return what it has sent."""
        assert self._process.stdin is not None  # noqa: S101 - a pipe was asked for
        self._process.stdin.close()
        told = self._read()
        return Sent(told["connections"], tuple(told["sent"]))

    def close(self) -> None:
        """End it; does nothing the second time."""
        _end(self._process)

    def __enter__(self) -> "CameraProcess":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def _write(self, *parts: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101 - a pipe was asked for
        try:
            for part in parts:
                self._process.stdin.write(part)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise BenchmarkError("the camera's process has ended; its traceback is above") from None

    def _read(self) -> Any:
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        line = self._process.stdout.readline()
        if not line:
            raise BenchmarkError("the camera's process has ended; its traceback is above")
        return json.loads(line)


class DaemonProcess:
    """`drivermon run` with `settings`, in a runtime directory of its own; a context manager.

    Whatever else runs on this computer is not disturbed: neither its bus nor what it keeps.

    Attributes:
        endpoint: of its bus.
        pid: of its process.

    """

    def __init__(self, settings: Settings, source: str, folder: Path) -> None:
        config = folder / "bench.toml"
        config.write_text(to_toml(_alone(settings, source)), encoding="utf-8")
        environ = {name: value for name, value in os.environ.items() if not name.startswith("DRIVERMON_")}
        environ.pop("NOTIFY_SOCKET", None)
        self.endpoint = f"ipc://{folder}/bus.sock"
        self._log = folder / "daemon.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "drivermon", "run", "--config", str(config)],
                env=environ | {"RUNTIME_DIRECTORY": str(folder)},
                stderr=log,
                start_new_session=True,
            )
        self.pid = self._process.pid

    def require_running(self) -> None:
        """Raise `BenchmarkError` with the end of its log if it has ended."""
        status = self._process.poll()
        if status is not None:
            raise BenchmarkError(f"the daemon has ended with exit status {status}: {self.log_tail()}")

    def log_tail(self) -> str:
        """Return the last lines of its log in one line."""
        lines = self._log.read_text("utf-8", "replace").splitlines()
        return " | ".join(lines[-_LOG_LINES:]) or "it has logged nothing"

    def close(self) -> None:
        """End it as systemd would; does nothing the second time."""
        _end(self._process)

    def __enter__(self) -> "DaemonProcess":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()


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


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()
    process.terminate()
    try:
        process.wait(ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
