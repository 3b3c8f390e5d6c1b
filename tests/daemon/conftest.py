"""A private runtime directory with a path short enough for a socket, and drives to play."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivermon.messages import Digests, Observed
from drivermon.records import drive_row, row

PATIENCE_S = 30.0
"""A deadline far beyond what anything takes."""


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="dm-"))
    yield made
    shutil.rmtree(made)


def write_drive(file: Path, events: list[Observed]) -> Path:
    rows = [drive_row("test", Digests(config="0" * 64, networks={"emotion": "e" * 64})), *map(row, events)]
    file.write_text("\n".join(rows) + "\n")
    return file


class SystemdSocket:
    """The receiving end of sd_notify(3)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(PATIENCE_S)

    def next(self) -> str:
        return self._socket.recv(4096).decode()

    def until(self, word: str) -> list[str]:
        """Return all that was told up to the first telling that holds `word`."""
        told = [self.next()]
        while word not in told[-1]:
            told.append(self.next())
        return told

    def drain(self) -> list[str]:
        self._socket.setblocking(False)
        told = []
        try:
            while True:
                told.append(self._socket.recv(4096).decode())
        except BlockingIOError:
            self._socket.settimeout(PATIENCE_S)
        return told

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(folder: Path) -> Iterator[SystemdSocket]:
    made = SystemdSocket(folder / "notify")
    yield made
    made.close()


@contextmanager
def daemon(
    folder: Path, systemd: SystemdSocket, *arguments: str, watchdog_s: float = 10.0
) -> Iterator["subprocess.Popen[str]"]:
    """`drivermon run` as systemd starts it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DRIVERMON_")}
    env = clean | {
        "RUNTIME_DIRECTORY": str(folder),
        "NOTIFY_SOCKET": str(systemd.path),
        "WATCHDOG_USEC": str(round(watchdog_s * 1e6)),
    }
    command = [sys.executable, "-m", "drivermon", "run", *arguments]
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE_S)
