"""A private folder with a short path, and settings that keep every socket in it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivermon.config import BusSettings


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket, which pytest's own may not be."""
    made = Path(tempfile.mkdtemp(prefix="dm-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def settings(folder: Path) -> BusSettings:
    return ipc(folder)


def ipc(folder: Path, **others: object) -> BusSettings:
    endpoints = {"endpoint": f"ipc://{folder}/b.sock", "signals_endpoint": f"ipc://{folder}/s.sock"}
    return BusSettings.model_validate(endpoints | others)
