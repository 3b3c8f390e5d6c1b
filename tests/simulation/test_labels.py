"""What happens in a drive, as labelled intervals."""

import csv
from pathlib import Path

import pytest

from drivermon.simulation.drive.labels import COLUMNS, Label, labels, write_labels
from drivermon.simulation.drive.timeline import Timeline
from drivermon.simulation.play import parse_script


def happenings(lines: str) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = {}
    for label in labels(Timeline(parse_script("length 30 s\nstill\n" + lines))):
        found.setdefault(label.event, []).append((label.start_s, label.end_s))
    return found


def near(start_s: float, end_s: float, within_s: float = 0.002) -> object:
    return pytest.approx((start_s, end_s), abs=within_s)


def test_closures_are_blinks_or_closed_eyes_by_their_length() -> None:
    found = happenings("t = 3 blink 0.1 s\nt = 5 eyes closed for 0.45 s\nt = 8 eyes closed for 1.8 s")
    assert found["blink"] == [near(3, 3.1), near(5, 5.45)]
    assert found["eyes_closed"] == [near(8, 9.8)]


def test_a_wink_is_no_blink() -> None:
    assert "blink" not in happenings("t = 3 wink left 0.3 s")


def test_away_is_where_the_head_is_past_the_gates() -> None:
    found = happenings("t = 5 head yaw 46 for 3 s\nt = 12 head yaw 15 for 3 s\nt = 20 head pitch -36 for 2 s")
    assert found["away"] == [near(5, 8), near(20, 22)]


def test_closed_eyes_stay_closed_out_of_sight() -> None:
    assert happenings("t = 5 eyes closed for 6 s\nt = 6.5 hand over face for 3 s")["eyes_closed"] == [
        near(5, 11)
    ]
    assert happenings("t = 5 slumps\nt = 15 sits up")["eyes_closed"][0][0] == pytest.approx(5.0, abs=0.01)
    (found,) = happenings("t = 4.5 hand over face for 3 s\nt = 5 eyes closed for 6 s")["eyes_closed"]
    assert found == (pytest.approx(7.5, abs=0.2), pytest.approx(11.0, abs=0.01))


def test_closed_eyes_that_nobody_could_see_are_not_told() -> None:
    found = happenings("driver jonas sunglasses\nt = 5 eyes closed for 6 s")
    assert "eyes_closed" not in found
    assert found["eyes_hidden"] == [near(0, 30)]
    assert "eyes_closed" not in happenings("t = 4.5 hand over face for 3 s\nt = 5 eyes closed for 2 s")


def test_a_head_that_sinks_asleep_looks_nowhere() -> None:
    assert "away" not in happenings("t = 5 nods off for 8 s")
    assert happenings("t = 5 look right for 6 s\nt = 7 eyes closed for 2 s")["away"][0][0] < 5.5


def test_lids_that_go_down_with_a_look_are_not_closed() -> None:
    found = happenings(
        "t = 5 phone in lap for 5 s\nt = 5 eyes narrow 0.2 for 5 s\nt = 20 eyes narrow 0.1 for 5 s"
    )
    assert found["eyes_closed"] == [near(20, 25, 0.2)]
    assert len(found["away"]) == 1


def test_not_seen_is_told_within_a_tenth_of_a_second() -> None:
    assert happenings("t = 5 leaves for 9 s")["not_seen"] == [near(5, 14, 0.1)]
    assert "not_seen" not in happenings("t = 5 camera covered for 9 s")
    assert happenings("t = 20 leaves")["not_seen"] == [near(20, 30, 0.1)]


def test_expressions_are_told_by_name_from_half_a_grade_on() -> None:
    found = happenings("t = 5 expression anger 1.0 for 7 s\nt = 16 laugh 2 s\nt = 22 smile 0.4 2 s")
    assert found["emotion anger"] == [near(5, 12)]
    assert found["emotion happy"] == [near(16, 18)]


def test_everything_else_keeps_its_name_and_its_line() -> None:
    found = labels(Timeline(parse_script("length 9 s\nstill\nt = 1 yawn 3 s\nt = 5 camera lost 1 s")))
    assert found == [
        Label("yawn", 1, 4, "line 3 of the script"),
        Label("camera_lost", 5, 6, "line 4 of the script"),
    ]


def test_labels_are_written_as_a_table(tmp_path: Path) -> None:
    path = tmp_path / "drive.events.csv"
    write_labels(path, "drive.mp4", [Label("yawn", 1, 4.25, 'line 3, "so"')])
    with path.open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            list(COLUMNS),
            ["drive.mp4", "yawn", "1.000", "4.250", 'line 3, "so"'],
        ]
