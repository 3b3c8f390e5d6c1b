"""Recorded drives through the whole corridor, from the command line."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from drivermon.cli import app
from drivermon.config import Settings
from drivermon.records import drive_row, row
from tests.alerts.test_policy import DIGESTS
from tests.drives import at, lost, seen, unseen
from tests.sources.videos import steady, write_video


def run(*arguments: object) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def video(path: Path, frames: int) -> Path:
    """A short video without a face, 30 frames a second."""
    write_video(path, steady(frames))
    return path


def rows(file: Path, *types: str) -> list[dict[str, Any]]:
    """Rows of a replayed drive, of some types or all."""
    parsed = [json.loads(line) for line in file.read_text().splitlines()]
    return [entry for entry in parsed if not types or entry["type"] in types]


def lines(file: Path, *types: str) -> list[str]:
    """Lines of a replayed drive as they stand in the file, of some types."""
    return [line for line in file.read_text().splitlines() if json.loads(line)["type"] in types]


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A drive of observations: a driver who is angry, leaves, and a camera that is lost."""
    file = tmp_path / "recorded" / "drive.jsonl"
    file.parent.mkdir()

    def event(t: float) -> Any:
        if t < 10:
            return seen(t, "anger")
        return unseen(t) if t < 25 else lost(t)

    text = [drive_row("camera", DIGESTS), *(row(item) for item in at(10, 35.0, event))]
    file.write_text("\n".join(text) + "\n")
    return file


def test_a_video_gives_a_drive_row_then_each_frame_with_its_state(tmp_path: Path) -> None:
    drive = video(tmp_path / "short.mp4", 12)
    result = run("replay", drive, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    written = rows(tmp_path / "out" / "short.jsonl")
    assert [entry["type"] for entry in written] == ["drive", *["observation", "state"] * 12]
    assert written[0]["schema"] == 1
    assert written[0]["digests"]["config"] == Settings().digest()
    assert list(written[0]["digests"]["networks"]) == ["emotion", "face_detector", "face_follower"]
    assert [entry["index"] for entry in written if entry["type"] == "observation"] == list(range(12))
    assert not {"boot_id", "published", "utc"} & {key for entry in written for key in entry}


def test_the_same_drive_twice_is_the_same_to_the_byte(tmp_path: Path) -> None:
    drive = video(tmp_path / "short.mp4", 12)
    for folder in ("a", "b"):
        run("replay", drive, "--out", tmp_path / folder)
    assert (tmp_path / "a/short.jsonl").read_bytes() == (tmp_path / "b/short.jsonl").read_bytes()


@pytest.mark.slow
def test_a_rendered_drive_judged_again_from_its_observations_decides_the_same(tmp_path: Path) -> None:
    script = tmp_path / "away.drive"
    script.write_text("length 9 s\nfps 5\ncamera size 320x240\nt = 1.5 leaves for 6 s\n")
    first = run("replay", f"sim:{script}", "--out", tmp_path / "a")
    assert first.exit_code == 0, first.stderr
    again = run("replay", tmp_path / "a/away.jsonl", "--out", tmp_path / "b")
    assert again.exit_code == 0, again.stderr
    kinds = ("observation", "gap", "signal", "state", "alert")
    assert lines(tmp_path / "b/away.jsonl", *kinds) == lines(tmp_path / "a/away.jsonl", *kinds)
    header, header_again = (rows(tmp_path / folder / "away.jsonl", "drive")[0] for folder in "ab")
    assert header_again["digests"] == header["digests"]
    alerts = rows(tmp_path / "a/away.jsonl", "alert")
    assert [(alert["kind"], alert["event"]) for alert in alerts] == [
        ("not_seen", "raised"),
        ("not_seen", "cleared"),
    ]
    assert alerts[0]["t"] == pytest.approx(4.5, abs=0.4)


def test_recorded_observations_are_decided_with_their_evidence(recorded: Path, tmp_path: Path) -> None:
    assert run("replay", recorded, "--out", tmp_path / "out").exit_code == 0
    alerts = rows(tmp_path / "out/drive.jsonl", "alert")
    assert [(a["id"], a["kind"], a["event"], a["severity"]) for a in alerts] == [
        (1, "emotion", "raised", "notice"),
        (2, "not_seen", "raised", "notice"),
        (1, "emotion", "cleared", "notice"),
        (2, "not_seen", "escalated", "warning"),
        (3, "degraded", "raised", "notice"),
    ]
    evidence = alerts[1]["evidence"]
    assert evidence["rule"] == "not_seen"
    assert evidence["threshold"] == 3.0
    assert evidence["value"] >= 3.0
    assert evidence["digests"] == {"config": Settings().digest(), "networks": {"emotion": "n"}}


def test_other_thresholds_decide_otherwise_without_a_picture(recorded: Path, tmp_path: Path) -> None:
    setting = "alerts.not_seen.notice_s=8"
    assert run("replay", recorded, "--out", tmp_path / "out", "--set", setting).exit_code == 0
    raised = [a for a in rows(tmp_path / "out/drive.jsonl", "alert") if a["kind"] == "not_seen"]
    assert raised[0]["t"] == pytest.approx(18.0, abs=0.15)


def test_a_drive_is_never_written_over_itself(recorded: Path) -> None:
    before = recorded.read_bytes()
    result = run("replay", recorded, "--out", recorded.parent)
    assert result.exit_code == 1
    assert "overwrite" in result.stderr
    assert recorded.read_bytes() == before


def test_two_drives_of_one_name_are_refused_before_anything_is_written(
    recorded: Path, tmp_path: Path
) -> None:
    twin = tmp_path / "twin" / "drive.jsonl"
    twin.parent.mkdir()
    shutil.copy(recorded, twin)
    result = run("replay", recorded, twin, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert str(twin) in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_truncated_video_keeps_what_was_decoded_and_fails(tmp_path: Path) -> None:
    whole = video(tmp_path / "whole.mkv", 60)
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    result = run("replay", cut, whole, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "cut.mkv" in result.stderr
    assert "Traceback" not in result.stderr
    assert 0 < len(rows(tmp_path / "out/cut.jsonl", "observation")) < 60
    assert len(rows(tmp_path / "out/whole.jsonl", "observation")) == 60


@pytest.mark.parametrize("name", ["missing.mp4", "empty.mp4", "text.mp4"])
def test_what_can_not_be_opened_is_one_line_and_the_others_are_replayed(
    name: str, recorded: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no video\n" * 100)
    result = run("replay", tmp_path / name, recorded, "--out", tmp_path / "out")
    assert result.exit_code == 1
    errors = [line for line in result.stderr.splitlines() if "error" in line]
    assert len(errors) == 1
    assert name in errors[0]
    assert rows(tmp_path / "out/drive.jsonl", "alert")


def test_a_row_that_is_broken_is_named_by_file_and_line(recorded: Path, tmp_path: Path) -> None:
    broken = recorded.read_text().splitlines()
    broken[20] = broken[20][:40]
    recorded.write_text("\n".join(broken))
    result = run("replay", recorded, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "drive.jsonl:21" in result.stderr
    assert len(rows(tmp_path / "out/drive.jsonl", "observation")) == 19


def test_a_folder_that_can_not_be_written_is_one_line(recorded: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run("replay", recorded, "--out", tmp_path / "file")
    assert result.exit_code == 1
    assert "can't be written" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_emotion_network_off_changes_no_other_alert(tmp_path: Path) -> None:
    drive = video(tmp_path / "short.mp4", 4 * 30)
    off = ["--set", "emotion.enabled=false"]
    assert run("replay", drive, "--out", tmp_path / "on").exit_code == 0
    assert run("replay", drive, "--out", tmp_path / "off", *off).exit_code == 0
    on, without = (rows(tmp_path / folder / "short.jsonl", "alert") for folder in ("on", "off"))
    assert [(a["t"], a["kind"], a["event"]) for a in on] == [(a["t"], a["kind"], a["event"]) for a in without]
    assert on
    assert "emotion" not in rows(tmp_path / "off/short.jsonl", "drive")[0]["digests"]["networks"]
