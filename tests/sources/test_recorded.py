"""Recorded observations and vehicle signals: read in order, refused by file and line."""

from pathlib import Path

import pytest

from drivermon.errors import SourceError
from drivermon.events import Gap, GapCause, VehicleSignal
from drivermon.messages import Digests, DriverState, Event, Observation
from drivermon.records import drive_row, row
from drivermon.sources.recorded import RecordedSource
from drivermon.sources.signals import signals_beside, with_signals

HEADER = drive_row("drive.mp4", Digests(config="c0", networks={"emotion": "e0"}), t=1.0)
STATE = DriverState(
    t=1.0,
    emotion=None,
    probabilities=None,
    emotion_s=0,
    seen=False,
    not_seen_s=0,
    degraded=None,
    degraded_s=0,
)


def observation(t: float, index: int = 0) -> Observation:
    return Observation(t=t, index=index, face=None)


def write_drive(path: Path, *rows: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in rows))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(SourceError) as caught, RecordedSource(path, path.name) as source:
        list(source.events())
    return str(caught.value)


def test_a_recorded_drive_gives_its_events_and_none_of_its_decisions(tmp_path: Path) -> None:
    events: list[Observation | Gap | VehicleSignal] = [
        observation(1.0),
        VehicleSignal(1.2, "speed", 50.0),
        observation(1.2, 1),
        Gap(1.7, GapCause.LOST),
        observation(1.7, 2),
    ]
    rows = [row(event) for event in events]
    path = write_drive(tmp_path / "drive.jsonl", HEADER, rows[0], row(STATE), *rows[1:])
    with RecordedSource(path, "the drive") as source:
        assert list(source.events()) == events
        assert source.header.source == "drive.mp4"
        assert source.header.digests == Digests(config="c0", networks={"emotion": "e0"})
        assert (source.name, source.stem, source.clock) == ("the drive", "drive", "media")


def test_a_recording_cut_in_a_row_gives_what_is_whole_and_then_fails(tmp_path: Path) -> None:
    path = write_drive(tmp_path / "drive.jsonl", HEADER, row(observation(1.0)), row(observation(1.1, 1))[:30])
    events: list[Event] = []
    with (
        RecordedSource(path, path.name) as source,
        pytest.raises(SourceError, match=r"drive\.jsonl:3: .*JSON"),
    ):
        events.extend(source.events())
    assert events == [observation(1.0)]


def test_a_file_that_is_no_recorded_drive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "drive.jsonl"
    path.write_bytes(b"")
    assert "empty" in refusal(path)
    assert "drive.jsonl:1: does not begin" in refusal(write_drive(path, row(observation(1.0))))
    path.write_bytes(bytes(range(256)))
    assert "drive.jsonl:1: " in refusal(path)
    path.unlink()
    assert "No such file" in refusal(path)


def test_rows_out_of_order_are_refused(tmp_path: Path) -> None:
    path = write_drive(tmp_path / "drive.jsonl", HEADER, row(observation(2.0)), row(observation(1.9, 1)))
    assert "drive.jsonl:3: time goes back from 2.0 to 1.9 s" in refusal(path)


def test_rows_of_an_unknown_type_are_not_passed_over(tmp_path: Path) -> None:
    path = write_drive(tmp_path / "drive.jsonl", HEADER, '{"type":"lap","t":1.0}')
    assert "drive.jsonl:2: a row of unknown type 'lap'" in refusal(path)


def test_two_drives_in_one_file_are_refused(tmp_path: Path) -> None:
    path = write_drive(tmp_path / "drive.jsonl", HEADER, row(observation(1.0)), HEADER)
    assert "drive.jsonl:3: a second drive" in refusal(path)


def beside(tmp_path: Path, kind: str, text: str) -> list[VehicleSignal]:
    recording = tmp_path / "drive.mp4"
    recording.touch()
    (tmp_path / f"drive.signals.{kind}").write_text(text)
    return signals_beside(recording)


def test_signals_come_from_a_table(tmp_path: Path) -> None:
    text = "\ufefft, name, value\n0.5, speed, 50\n0.5,gear,D\n1,belt,true\n1.5,door,FALSE\n\n2,speed,\n"
    assert beside(tmp_path, "csv", text) == [
        VehicleSignal(0.5, "speed", 50.0),
        VehicleSignal(0.5, "gear", "D"),
        VehicleSignal(1.0, "belt", True),
        VehicleSignal(1.5, "door", False),
        VehicleSignal(2.0, "speed", None),
    ]


def test_signals_come_from_json_lines(tmp_path: Path) -> None:
    text = (
        '{"t": 0.5, "name": "speed", "value": 50}\n\n{"type": "signal", "t": 1, "name": "x", "value": null}\n'
    )
    assert beside(tmp_path, "jsonl", text) == [
        VehicleSignal(0.5, "speed", 50.0),
        VehicleSignal(1.0, "x", None),
    ]


def test_signals_belong_to_a_folder_too(tmp_path: Path) -> None:
    folder = tmp_path / "stills.day1"
    folder.mkdir()
    (tmp_path / "stills.day1.signals.csv").write_text("t,name,value\n0,speed,3\n")
    assert signals_beside(folder) == [VehicleSignal(0.0, "speed", 3.0)]


def test_signals_belong_to_the_folder_one_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "stills"
    folder.mkdir()
    (tmp_path / "stills.signals.csv").write_text("t,name,value\n0,speed,3\n")
    monkeypatch.chdir(folder)
    assert signals_beside(Path()) == [VehicleSignal(0.0, "speed", 3.0)]


def test_most_recordings_have_no_signals(tmp_path: Path) -> None:
    assert signals_beside(tmp_path / "drive.mp4") == []


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("csv", "", ":1: columns are none"),
        ("csv", "time,name,value\n", ":1: columns are time,name,value"),
        ("csv", "t,name,value\n1,speed\n", ":2: 2 fields"),
        ("csv", "t,name,value\n1,speed,3\nsoon,speed,4\n", ":3: t = 'soon'"),
        ("csv", "t,name,value\nnan,speed,3\n", ":2: t = 'nan'"),
        ("csv", "t,name,value\n1,speed,NaN\n", ":2: value = 'NaN'"),
        ("csv", "t,name,value\n1,speed,inf\n", ":2: value = 'inf'"),
        ("csv", "t,name,value\n1,,4\n", ":2: name is empty"),
        ("csv", "t,name,value\n2,speed,3\n1,speed,4\n", ":3: time goes back from 2.0 to 1.0 s"),
        ("jsonl", '{"t": 1, "name": "speed", "value": NaN}\n', ":1: value"),
        ("jsonl", '{"t": 1, "name": "speed"}\n', ":1: value"),
        ("jsonl", '{"t": 1,\n', ":1: Invalid JSON"),
        ("jsonl", '{"t":2,"name":"a","value":1}\n{"t":1,"name":"a","value":1}\n', ":2: time goes back"),
    ],
)
def test_broken_signals_are_refused_by_line(tmp_path: Path, kind: str, text: str, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        beside(tmp_path, kind, text)
    assert f"drive.signals.{kind}{said}" in str(caught.value)


def test_signals_in_two_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "drive.signals.jsonl").touch()
    with pytest.raises(SourceError, match="remove one of them"):
        beside(tmp_path, "csv", "t,name,value\n")


def test_signals_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "drive.signals.csv").write_bytes(b"t,name,value\n1,gear,\xff\n")
    with pytest.raises(SourceError, match="not UTF-8"):
        signals_beside(tmp_path / "drive")


def test_signals_are_merged_by_time_before_a_frame_of_the_same_time() -> None:
    events: list[Event] = [Gap(0.0, GapCause.STARTING), observation(1.0), observation(2.0, 1)]
    signals = [VehicleSignal(t, "speed", t) for t in (-1.0, 1.0, 1.5, 9.0)]
    merged = list(with_signals(events, signals))
    assert [event.t for event in merged] == [-1.0, 0.0, 1.0, 1.0, 1.5, 2.0, 9.0]
    assert merged[2:4] == [signals[1], events[1]]
