"""`drivermon config`: what is in force, where it came from, ready for editing."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from drivermon.cli import app
from drivermon.config import Settings, leaves, load, to_toml
from tests.cli.running import assert_one_clear_error, drivermon

runner = CliRunner()


def test_the_table_names_every_setting_with_its_origin(tmp_path: Path) -> None:
    file = tmp_path / "car.toml"
    file.write_text("[alerts.not_seen]\nnotice_s = 4.0\n")
    result = drivermon(
        "config", "-c", str(file), "--set", "emotion.leave=0.4", env={"DRIVERMON_CAMERA__MIRROR": "true"}
    )
    assert (result.returncode, result.stderr) == (0, "")
    lines = {line.split()[0]: line for line in result.stdout.splitlines() if line.strip()}
    for key, _ in leaves(Settings()):
        assert key in lines
    assert lines["camera.mirror"].split()[1] == "true"
    assert "$DRIVERMON_CAMERA_" in lines["camera.mirror"]
    assert lines["emotion.leave"].split()[1:4] == ["0.4", "command", "line"]
    assert lines["camera.width"].split()[1:3] == ["640", "default"]
    assert "px; picture width asked of a camera (16 to 8192)" in lines["camera.width"]


def test_a_narrow_terminal_gets_the_meaning_below_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivermon.cli.output.PIPE_WIDTH", 80)
    lines = CliRunner().invoke(app, ["config", "--set", "runtime.threads=2"]).stdout.splitlines()
    at = lines.index("runtime.threads = 2  command line")
    assert lines[at + 1].rstrip() == "    threads of each network (1 to 64)"
    assert max(map(len, lines)) <= 100


def test_json_holds_value_origin_and_meaning_of_every_setting() -> None:
    result = drivermon("config", "--json", "--set", "runtime.threads=2")
    found = json.loads(result.stdout)
    assert set(found["settings"]) == {key for key, _ in leaves(Settings())}
    threads = found["settings"]["runtime.threads"]
    assert (threads["value"], threads["from"]) == (2, "command line")
    assert threads["meaning"] == "threads of each network (1 to 64)"
    assert found["digest"] == load(environ={}, options={"runtime.threads": 2}).settings.digest()


def test_toml_can_be_edited_and_given_back(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    result = drivermon("config", "--toml", "--set", "emotion.confidence=0.6")
    assert result.stdout == to_toml(load(environ={}, options={"emotion.confidence": 0.6}).settings)
    file.write_text(result.stdout)
    assert load(file, environ={}).settings.emotion.confidence == 0.6


def test_a_wrong_file_ends_with_status_78(tmp_path: Path) -> None:
    file = tmp_path / "car.toml"
    file.write_text("[alerts.not_seen]\nnotice_ms = 4000\n")
    result = drivermon("config", "--config", str(file))
    assert_one_clear_error(
        result, str(file), "alerts.not_seen.notice_ms", "alerts.not_seen.notice_s", "0.5 to 120"
    )
    assert result.returncode == 78


def test_a_wrong_override_is_named() -> None:
    for text in ("emotion.confidence", "=0.5"):
        assert_one_clear_error(drivermon("config", "--set", text), f"--set {text}", "KEY=VALUE")
    assert_one_clear_error(
        drivermon("config", "--set", "emotion.confidence=high"), '"high"', "a number, 0 to 1"
    )
