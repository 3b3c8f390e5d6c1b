"""Rows of recorded drives: what is written is read back, and everything else is refused by line."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.emotions import EMOTIONS
from drivermon.errors import OutputError, SourceError
from drivermon.events import Gap, GapCause, VehicleSignal
from drivermon.messages import (
    Alert,
    AlertEvent,
    AlertKind,
    DegradedCause,
    Digests,
    DriverState,
    Evidence,
    Eyes,
    FaceMeasurement,
    Observation,
    OpenAlert,
    PictureQuality,
    Pose,
    Probabilities,
    Severity,
)
from drivermon.records import DriveHeader, drive_row, parse, row, row_type

seconds = st.floats(-10.0, 1e9)
numbers = st.floats(-1e6, 1e6)
shares = st.floats(0.0, 1.0)
boxes = st.tuples(numbers, numbers, numbers, numbers)
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
probabilities = st.builds(Probabilities, **dict.fromkeys(EMOTIONS, shares))
eyes = st.builds(Eyes, left=st.none() | numbers, right=st.none() | numbers)
faces = st.builds(
    FaceMeasurement,
    box=boxes,
    score=st.none() | numbers,
    scheme=st.none() | texts,
    eyes=st.none() | eyes,
    eyes_visible=st.none() | eyes,
    mouth=st.none() | numbers,
    pose=st.none() | st.builds(Pose, yaw=numbers, pitch=numbers, roll=numbers),
    probabilities=st.none() | probabilities,
)
qualities = st.builds(
    PictureQuality, brightness=numbers, contrast=numbers, detail=numbers, dark=shares, bright=shares
)
observations = st.builds(
    Observation,
    t=seconds,
    index=st.integers(0, 2**40),
    face=st.none() | faces,
    track=st.none() | boxes,
    picture=st.none() | qualities,
)
gaps = st.builds(Gap, t=seconds, cause=st.sampled_from(GapCause))
signals = st.builds(
    VehicleSignal, t=seconds, name=texts, value=st.none() | st.booleans() | numbers | st.text(max_size=8)
)
digests = st.builds(Digests, config=texts, networks=st.dictionaries(texts, texts, max_size=3))
alerts = st.builds(
    Alert,
    t=seconds,
    id=st.integers(1, 999),
    kind=st.sampled_from(AlertKind),
    event=st.sampled_from(AlertEvent),
    severity=st.sampled_from(Severity),
    since=seconds,
    evidence=st.builds(
        Evidence,
        rule=texts,
        value=numbers,
        threshold=numbers,
        unit=st.sampled_from(["s", "1"]),
        window_s=st.none() | seconds,
        detail=st.none() | texts,
        digests=digests,
    ),
)
open_alerts = st.builds(
    OpenAlert,
    id=st.integers(1, 999),
    kind=st.sampled_from(AlertKind),
    severity=st.sampled_from(Severity),
    since=seconds,
    detail=st.none() | texts,
)
states = st.builds(
    DriverState,
    t=seconds,
    emotion=st.none() | st.sampled_from(EMOTIONS),
    probabilities=st.none() | probabilities,
    emotion_s=seconds,
    seen=st.booleans(),
    not_seen_s=seconds,
    degraded=st.none() | st.sampled_from(DegradedCause),
    degraded_s=seconds,
    perclos_60=st.none() | shares,
    speed_kmh=st.none() | numbers,
    alerts=st.lists(open_alerts, max_size=2).map(tuple),
)


@given(observations | gaps | signals | alerts | states)
def test_a_row_that_is_read_is_written_with_the_same_bytes(
    item: Observation | Gap | VehicleSignal | Alert | DriverState,
) -> None:
    line = row(item)
    again = parse(line.encode() + b"\n", "drive.jsonl:2")
    assert type(again) is type(item)
    assert not isinstance(again, DriveHeader)
    assert row(again) == line
    assert "\n" not in line
    assert list(json.loads(line))[:2] == ["type", "t"]


@given(observations | states | alerts)
def test_a_message_that_is_read_equals_the_one_that_was_written(
    item: Observation | DriverState | Alert,
) -> None:
    assert parse(row(item), "drive.jsonl:2") == item


@given(digests, texts, seconds)
def test_the_first_row_keeps_source_schema_and_digests(digests: Digests, source: str, t: float) -> None:
    line = drive_row(source, digests, t)
    header = parse(line, "drive.jsonl:1")
    assert isinstance(header, DriveHeader)
    assert (header.source, header.digests) == (source, digests)
    assert drive_row(header.source, header.digests, header.t) == line


def test_rows_look_as_documented() -> None:
    assert row(Gap(1.5, GapCause.LOST)) == '{"type":"gap","t":1.5,"cause":"lost"}'
    assert row(VehicleSignal(2.0, "speed", 50.0)) == '{"type":"signal","t":2.0,"name":"speed","value":50.0}'
    assert row(VehicleSignal(2.0, "belt", True)).endswith('"value":true}')
    assert row(VehicleSignal(2.0, "gear", None)).endswith('"value":null}')
    empty = Observation(t=0.1, index=3, face=None)
    assert row(empty) == '{"type":"observation","t":0.1,"index":3,"face":null,"track":null,"picture":null}'
    header = drive_row("a.mp4", Digests(config="c0", networks={"b": "2", "a": "1"}))
    assert header == (
        '{"type":"drive","t":0.0,"source":"a.mp4","schema":1,'
        '"digests":{"config":"c0","networks":{"a":"1","b":"2"}}}'
    )


def test_values_of_signals_keep_their_type() -> None:
    for written, value in {"1": 1.0, "true": True, '"1"': "1", "null": None}.items():
        signal = parse(f'{{"type":"signal","t":0,"name":"x","value":{written}}}', "drive.jsonl:2")
        assert isinstance(signal, VehicleSignal)
        assert type(signal.value) is type(value)
        assert signal.value == value


def test_unknown_fields_are_ignored_wherever_they_stand() -> None:
    line = '{"colour":"red","t":1.0,"cause":"hung","type":"gap"}'
    assert parse(line, "drive.jsonl:2") == Gap(1.0, GapCause.HUNG)
    assert row_type(line, "drive.jsonl:2") == "gap"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "JSON"),
        ('{"type":"gap","t":1.0,', "JSON"),
        ("[1, 2]", "object"),
        ('{"t":1.0}', "type"),
        ('{"type":"picture","t":1.0}', "unknown type 'picture'"),
        ('{"type":"gap","t":1.0,"cause":"rain"}', "cause"),
        ('{"type":"gap","t":NaN,"cause":"lost"}', "t"),
        ('{"type":"signal","t":1.0,"name":"speed","value":NaN}', "value"),
        ('{"type":"signal","t":1.0,"name":"speed"}', "value"),
        ('{"type":"observation","t":1.0,"index":0}', "face"),
        ('{"type":"observation","t":1.0,"index":0,"face":{"box":[1,2,3]}}', "face.box"),
    ],
)
def test_a_broken_row_is_refused_with_its_place(line: str, said: str) -> None:
    with pytest.raises(SourceError, match=r"drive\.jsonl:7: ") as caught:
        parse(line, "drive.jsonl:7")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_newer_schema_is_refused() -> None:
    line = drive_row("a.mp4", Digests(config="c", networks={})).replace('"schema":1', '"schema":2')
    with pytest.raises(SourceError, match=r"drive\.jsonl:1: recorded with schema 2.*update"):
        parse(line, "drive.jsonl:1")


@pytest.mark.parametrize("item", [Gap(math.nan, GapCause.LOST), VehicleSignal(0.0, "speed", math.inf)])
def test_what_is_no_number_is_not_written(item: Gap | VehicleSignal) -> None:
    with pytest.raises(OutputError, match="can't be recorded"):
        row(item)
