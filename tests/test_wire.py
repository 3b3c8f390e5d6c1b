"""Reading the wire: what is ignored, what is refused, and with which words."""

import json
from typing import Any

import pytest

from drivermon.errors import SchemaError
from drivermon.messages import SCHEMA_VERSION, AlertKind, DriverState
from drivermon.wire import TOPICS, Envelope, parse_envelope, parse_signal_message, topic_of
from tests import samples


def written(**changes: Any) -> dict[str, Any]:
    envelope = Envelope[DriverState](
        boot_id="b",
        topic="state",
        seq=1,
        source="s",
        clock="media",
        t=1.0,
        published=2.0,
        utc="2026-03-01T12:00:00.123Z",
        body=samples.state(),
    )
    return dict(json.loads(envelope.model_dump_json())) | changes


def test_every_kind_of_alert_has_a_topic() -> None:
    for kind in AlertKind:
        assert topic_of(samples.alert(kind=kind)) == f"alert.{kind}"
        assert f"alert.{kind}" in TOPICS


def test_fields_of_a_later_version_are_ignored() -> None:
    later = written(schema_version=SCHEMA_VERSION + 1, mood="good")
    later["body"]["heart_rate"] = 71
    envelope = parse_envelope("state", json.dumps(later).encode())
    assert envelope.body == samples.state()
    assert envelope.schema_version == SCHEMA_VERSION + 1


@pytest.mark.parametrize(
    ("topic", "payload", "words"),
    [
        ("mood", b"{}", "'mood' is no topic of drivermon"),
        ("state", b"\xff\x00", "state: message: "),
        ("state", b"[]", "state: message: "),
        ("state", json.dumps(written(seq=0)).encode(), "state: seq: "),
        ("state", json.dumps(written(t=float("nan"))).encode(), "state: t: "),
        ("state", json.dumps(written(body=None)).encode(), "state: body: "),
        (
            "state",
            json.dumps(written(body={}, schema_version=7)).encode(),
            "state: written with schema 7.*update",
        ),
    ],
)
def test_a_message_that_cannot_be_read_is_refused(topic: str, payload: bytes, words: str) -> None:
    with pytest.raises(SchemaError, match=words):
        parse_envelope(topic, payload)


@pytest.mark.parametrize("value", [83.5, 3, True, "D", None])
def test_a_signal_keeps_the_type_of_its_value(value: object) -> None:
    signal = parse_signal_message(json.dumps({"name": "x", "value": value}).encode())
    assert signal.value == value
    assert isinstance(signal.value, bool) is isinstance(value, bool)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "message"),
        (b"\x00\xff", "message"),
        (b"null", "message"),
        (b'{"value": 1}', "name"),
        (b'{"name": "", "value": 1}', "name"),
        (b'{"name": "speed"}', "value"),
        (b'{"name": "speed", "value": NaN}', "value"),
        (b'{"name": "speed", "value": 1e999}', "value"),
        (b'{"name": "speed", "value": [1]}', "value"),
        (b'{"name": "' + b"x" * 65 + b'", "value": 1}', "name"),
        (b'{"name": "a", "value": "' + b"x" * 257 + b'"}', "value"),
        (b'{"schema_version": 2, "name": "speed", "value": 1}', "schema 2.*update drivermon"),
        (b"[" * 100_000, "message"),
    ],
    ids=str,
)
def test_a_signal_that_cannot_be_read_is_refused(payload: bytes, words: str) -> None:
    with pytest.raises(SchemaError, match=f"vehicle signal: .*{words}"):
        parse_signal_message(payload)
