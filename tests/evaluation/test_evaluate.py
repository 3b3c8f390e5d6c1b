"""`drivermon evaluate` over recorded observations with labels beside them."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from drivermon.cli import app
from drivermon.evaluation.labels import labels_of, read_labels
from drivermon.records import drive_row, row
from drivermon.simulation.drive.labels import labels, write_labels
from drivermon.simulation.drive.timeline import Timeline
from drivermon.simulation.play import load_script, play_observations
from tests.drives import at, seen, unseen
from tests.samples import DIGESTS

HEAD = "clip,event,start_s,end_s,remark\n"


def run(*arguments: object) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(app, ["evaluate", *(str(argument) for argument in arguments)])


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    """Twenty seconds: nobody from 5 to 10 s."""
    file = tmp_path / "drive.jsonl"
    events = at(10, 20.0, lambda t: unseen(t) if 5.0 <= t < 10.0 else seen(t))
    file.write_text("\n".join([drive_row("camera", DIGESTS), *map(row, events)]) + "\n")
    return file


def label(drive: Path, *rows: str) -> Path:
    """Write labels beside a drive."""
    file = drive.with_name("labels.csv")
    file.write_text(HEAD + "".join(f"{line}\n" for line in rows))
    return file


def test_an_absent_driver_is_told_in_time(drive: Path) -> None:
    label(drive, "drive.mp4,no_face,5,10,", "other.mp4,yawn,1,2,")
    result = run(drive, "--json")
    assert result.exit_code == 0, result.output
    (one,) = json.loads(result.stdout)["drives"]
    assert (one["due"], one["answered"], one["false"]["count"]) == (1, 1, 0)
    assert one["wait_s"] == pytest.approx(3.0, abs=0.15)
    assert one["interval"] == pytest.approx([0.2065, 1.0], abs=1e-4)
    assert one["interval_by_recording"] is None
    # none in 20 seconds: 3 / T an hour
    assert one["false"]["upper"] == pytest.approx(2.9957 / (20 / 3600), rel=1e-3)


def test_an_alert_that_nothing_explains_is_false(drive: Path) -> None:
    label(drive, "drive.mp4,attentive,0,20,")
    found = json.loads(run(drive, "--json").stdout)["all"]
    assert found["sensitivity"] is None
    assert found["false_by_kind"]["not_seen"]["count"] == found["false"]["count"] == 1
    assert found["false"]["per_hour"] == pytest.approx(180.0)


def test_an_event_that_nobody_told_is_missed(drive: Path) -> None:
    label(drive, "drive.mp4,no_face,5,10,", "drive.mp4,eyes_closed,12,16,")
    found = json.loads(run(drive, "--json").stdout)
    assert (found["all"]["due"], found["all"]["answered"]) == (2, 1)
    assert {one["name"]: one["answered"] for one in found["topics"]} == {"eyes closed": 0, "not seen": 1}


def test_the_tables_say_the_same(drive: Path) -> None:
    label(drive, "drive.mp4,no_face,5,10,")
    result = run(drive)
    assert result.exit_code == 0
    assert "1 of 1" in result.output
    assert "21% to 100%" in result.output
    assert "false alarms by kind: none" in result.output


def test_the_picture_shows_truth_state_and_alerts(drive: Path) -> None:
    label(drive, "drive.mp4,no_face,5,10,", "drive.mp4,yawn,12,16,<&>")
    file = drive.with_name("drive.svg")
    assert run(drive, "--picture", file).exit_code == 0
    words = [text.text for text in ET.parse(file).iter("{http://www.w3.org/2000/svg}text")]
    for expected in (
        "drive",
        "truth: not seen",
        "truth: yawn",
        "state: no face",
        "alert: not_seen",
        "missed",
    ):
        assert expected in words


def test_a_drive_in_which_nothing_happens_is_drawn_too(drive: Path) -> None:
    label(drive, "drive.mp4,attentive,0,20,")
    file = drive.with_name("drive.svg")
    assert run(drive, "--picture", file).exit_code == 0
    assert "truth: nothing" in file.read_text()


def test_labels_from_a_file_of_their_own(drive: Path, tmp_path: Path) -> None:
    file = label(drive, "drive.mp4,no_face,5,10,").rename(tmp_path / "truth.csv")
    assert run(drive, "--labels", file).exit_code == 0


@pytest.mark.parametrize(
    ("rows", "parts"),
    [
        (["other.mp4,yawn,1,2,"], ["labels.csv", "no row for drive"]),
        (["drive.mp4,sneeze,1,2,"], ["labels.csv:2", "'sneeze'", "eyes_closed"]),
        (["drive.mp4,yawn,1,2,", "drive.mp4,yawn,30,32,"], ["yawn from 30 to 32 s", "20.00 s"]),
        (["drive.mp4,yawn,1,5,", "drive.mp4,yawn,4,6,"], ["labels.csv:3", "overlaps"]),
        (["drive.mp4,yawn,3,2,"], ["labels.csv:2", "before it starts"]),
        (["drive.mp4,yawn,nan,2,"], ["labels.csv:2", "start_s is 'nan'"]),
        (["drive.mp4,yawn,1"], ["labels.csv:2", "end_s is None"]),
    ],
)
def test_labels_that_cannot_be_used_are_one_clear_error(
    drive: Path, rows: list[str], parts: list[str]
) -> None:
    label(drive, *rows)
    result = run(drive)
    assert result.exit_code == 1
    (line,) = result.stderr.strip().splitlines()
    for part in parts:
        assert part in line


def test_missing_labels_name_both_places(drive: Path) -> None:
    result = run(drive)
    assert result.exit_code == 1
    assert "drive.events.csv" in result.stderr
    assert "--labels" in result.stderr


def test_a_file_without_the_columns_is_refused(drive: Path) -> None:
    drive.with_name("labels.csv").write_text("clip,what\n")
    assert "no column event, start_s, end_s" in run(drive).stderr


def test_one_bad_drive_does_not_keep_the_others_from_being_judged(drive: Path, tmp_path: Path) -> None:
    label(drive, "drive.mp4,no_face,5,10,")
    result = run(drive, tmp_path / "missing.jsonl", "--json")
    assert result.exit_code == 1
    assert len(json.loads(result.stdout)["drives"]) == 1


def test_only_svg_is_drawn(drive: Path) -> None:
    assert "drives.svg" in run(drive, "--picture", "drives.png").stderr.replace("\n", "")


def test_a_simulated_drive_carries_its_truth(tmp_path: Path) -> None:
    script = load_script("microsleep")
    told = labels_of("sim:microsleep", script.name)
    assert any(one.event == "eyes_closed" and one.end_s - one.start_s > 1.5 for one in told)
    file = tmp_path / f"{script.name}.jsonl"
    events = play_observations(script, 15)
    file.write_text("\n".join([drive_row("sim", DIGESTS), *map(row, events)]) + "\n")
    beside = tmp_path / f"{script.name}.events.csv"
    write_labels(beside, f"{script.name}.mp4", labels(Timeline(script)))
    found = json.loads(run(file, "--json").stdout)["all"]
    assert found["due"] == found["answered"] >= 1
    assert found["false"]["count"] == 0


@pytest.mark.slow
def test_a_script_and_its_rendered_video_are_evaluated_alike(tmp_path: Path) -> None:
    script = tmp_path / "doze.drive"
    script.write_text("length 5 s\nfps 10\ncamera size 320x240\nt = 1 eyes closed for 2.4 s\n")
    video = tmp_path / "doze.mp4"
    assert CliRunner().invoke(app, ["simulate", str(script), "--out", str(video)]).exit_code == 0
    picture = tmp_path / "doze.svg"
    drives = [
        json.loads(run(drive, "--json", "--picture", picture).stdout)["drives"][0]
        for drive in (f"sim:{script}", video)
    ]
    for drive in drives:
        assert (drive["due"], drive["answered"], drive["false"]["count"]) == (1, 1, 0)
        assert drive["wait_s"] == pytest.approx(1.5, abs=0.2)
    assert [event["start_s"] for event in drives[0]["events"]] == pytest.approx(
        [event["start_s"] for event in drives[1]["events"]], abs=0.002
    )
    assert "alert: microsleep" in picture.read_text()


def test_the_labels_of_the_clips_can_be_read(clips_dir: Path) -> None:
    assert len(read_labels(clips_dir / "labels.csv")) > 20
