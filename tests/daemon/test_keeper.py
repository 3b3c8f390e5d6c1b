import json
import os
from pathlib import Path

import pytest

from drivermon.daemon.keeper import FRESH_S, Keeper, open_keeper
from drivermon.errors import RestoreError

STATE = {"t": 12.5, "alerts": {"open": {"not_seen": {"id": 3}}}}


def keeper(file: Path, now: float = 100.0, source: str = "camera") -> Keeper:
    return Keeper(file, source, lambda: now)


def test_what_is_kept_is_found_again_and_only_by_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "memory.json"
    assert keeper(file).load() is None
    keeper(file).save(STATE)
    assert keeper(file, 100.5).load() == STATE
    assert file.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["memory.json"]


@pytest.mark.parametrize(
    ("now", "source"), [(100.0 + FRESH_S + 1, "camera"), (99.0, "camera"), (101.0, "other camera")]
)
def test_what_is_old_or_of_another_clock_or_source_is_not_taken_up(
    tmp_path: Path, now: float, source: str
) -> None:
    file = tmp_path / "memory.json"
    keeper(file).save(STATE)
    assert keeper(file, now, source).load() is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b"[]", b"{}", b'{"version": 2, "source": "camera", "at": 99, "state": {}}',
     b'{"version": 1, "source": "camera", "at": NaN, "state": {}}'],
)  # fmt: skip
def test_what_is_damaged_is_said(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "memory.json"
    file.write_bytes(content)
    with pytest.raises(RestoreError, match=r"memory\.json: "):
        keeper(file).load()


def test_a_full_disk_is_logged_and_what_was_kept_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "memory.json"
    keeper(file).save(STATE)
    (tmp_path / "memory.new").symlink_to("/dev/full")
    keeper(file).save({"t": 99.0})
    assert "No space left on device" in caplog.text
    assert json.loads(file.read_text())["state"] == STATE


def test_the_file_lies_in_the_runtime_directory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(folder))
    found = open_keeper("http://camera/../../etc/video?x=1")
    assert found is not None
    found.save(STATE)
    (file,) = folder.iterdir()
    assert file.name.startswith("memory.http_camera")


def test_without_a_runtime_directory_that_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert open_keeper("camera") is None
    assert "a restart will forget timers" in caplog.text
