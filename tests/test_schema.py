"""The wire's promise to other programs: schema and golden messages of every version, checked in."""

import json
from pathlib import Path
from typing import Any

import pytest

from drivermon.errors import OutputError, SchemaError
from drivermon.messages import SCHEMA_VERSION
from drivermon.schema import schemas, shape, write
from drivermon.wire import Envelope, SignalMessage, parse_envelope, parse_signal_message, topic_of
from tests import samples

CHECKED_IN = Path(__file__).parents[1] / "schema"
GOLDEN = Path(__file__).parent / "golden"
BODIES = (samples.alert(), samples.state(17.5, samples.open_alert()), samples.health(), samples.observation())


def golden(body: Any) -> dict[str, Any]:
    envelope = Envelope[type(body)](  # type: ignore[misc]
        boot_id="00112233445566778899aabbccddeeff",
        topic=topic_of(body),
        seq=12,
        source="/dev/video0",
        clock="monotonic",
        t=body.t,
        published=17.612345,
        utc="2026-03-01T12:00:00.123Z",
        body=body,
    )
    return dict(json.loads(envelope.model_dump_json()))


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_schema_that_is_checked_in_is_the_present_one(name: str) -> None:
    file = CHECKED_IN / f"v{SCHEMA_VERSION}" / f"{name}.json"
    assert json.loads(file.read_text()) == schemas()[name], (
        "the shape changed: raise SCHEMA_VERSION; then `drivermon schema --out schema` writes it anew"
    )


@pytest.mark.parametrize("body", BODIES, ids=topic_of)
def test_messages_are_written_as_the_golden_ones_of_this_version(body: Any) -> None:
    file = GOLDEN / f"v{SCHEMA_VERSION}" / f"{topic_of(body)}.json"
    assert golden(body) == json.loads(file.read_text())


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION + 1))
def test_golden_messages_of_every_version_can_still_be_read(version: int) -> None:
    files = sorted((GOLDEN / f"v{version}").glob("*.json"))
    assert len(files) == 5
    for file in files:
        if file.stem == "signal":
            assert parse_signal_message(file.read_bytes()).name == "speed"
        else:
            envelope = parse_envelope(file.stem, file.read_bytes())
            assert (envelope.topic, envelope.schema_version) == (file.stem, version)


def test_the_golden_signal_is_one_that_is_sent() -> None:
    sent = SignalMessage(name="speed", value=83.5)
    file = GOLDEN / f"v{SCHEMA_VERSION}" / "signal.json"
    assert json.loads(sent.model_dump_json()) == json.loads(file.read_text())


def test_what_is_written_holds_every_field_and_the_schema_says_so() -> None:
    for body in BODIES:
        schema = schemas()[topic_of(body).partition(".")[0]]
        written = golden(body)
        assert set(written) == set(schema["properties"]) == set(schema["required"])
        part = schema["$defs"][type(body).__name__]
        assert set(written["body"]) == set(part["properties"]) == set(part["required"])


def test_a_changed_message_of_the_same_version_is_not_written_over_the_old_one(tmp_path: Path) -> None:
    file = next(file for file in write(tmp_path) if file.stem == "state")
    older = json.loads(file.read_text())
    del older["$defs"]["DriverState"]["properties"]["perclos_60"]
    file.write_text(json.dumps(older))
    with pytest.raises(SchemaError, match="raise SCHEMA_VERSION"):
        write(tmp_path)
    assert json.loads(file.read_text()) == older


def test_other_words_in_a_schema_are_no_other_shape(tmp_path: Path) -> None:
    file = write(tmp_path)[0]
    reworded = json.loads(file.read_text()) | {"title": "said otherwise"}
    file.write_text(json.dumps(reworded))
    assert json.loads(write(tmp_path)[0].read_text())["title"] == schemas()["alert"]["title"]


def test_a_field_may_be_named_like_the_words_of_a_schema() -> None:
    one = {"properties": {"title": {"type": "string", "description": "x"}}}
    assert shape(one) == {"properties": {"title": {"type": "string"}}}


def test_a_file_in_the_way_and_a_broken_schema_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file.*can.t"):
        write(tmp_path / "file")
    broken = write(tmp_path)[0]
    broken.write_text("{")
    with pytest.raises(OutputError, match=broken.name):
        write(tmp_path)
