"""What a client makes of the messages it hears, and of those it doesn't."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.bus.link import (
    SILENCE_S,
    Link,
    LinkLost,
    LinkRestored,
    LinkState,
    Missed,
    NewerSchema,
    Restarted,
)
from drivermon.messages import SCHEMA_VERSION, AlertEvent, AlertKind, Severity
from drivermon.wire import ENVELOPES, AnyEnvelope, topic_of
from tests import samples


def envelope(body: Any, seq: int = 1, boot: str = "a", version: int = SCHEMA_VERSION) -> AnyEnvelope:
    topic = topic_of(body)
    return ENVELOPES[topic.partition(".")[0]].model_validate(
        {
            "schema_version": version,
            "boot_id": boot,
            "topic": topic,
            "seq": seq,
            "source": "s",
            "clock": "monotonic",
            "t": body.t,
            "published": body.t,
            "utc": "",
            "body": body,
        }
    )


def test_a_daemon_that_is_never_heard_is_lost_after_two_seconds() -> None:
    link = Link(100.0)
    assert link.silence(101.99) is None
    assert link.silence(102.0) == LinkLost(2.0)
    assert link.state is LinkState.LOST
    assert link.deadline is None
    assert link.silence(110.0) is None, "it is told once"


def test_health_keeps_the_link_and_brings_it_back() -> None:
    link = Link(0.0)
    assert link.hear(envelope(samples.health()), 1.5) == []
    assert link.state is LinkState.UP
    assert link.deadline == 3.5
    assert link.silence(3.4) is None
    assert link.silence(3.5) == LinkLost(2.0)
    assert link.hear(envelope(samples.health(), 2), 9.5) == [LinkRestored(8.0)]
    assert link.state is LinkState.UP


def test_states_without_health_do_not_keep_the_link() -> None:
    link = Link(0.0)
    for n in range(1, 20):
        link.hear(envelope(samples.state(), n), n / 10)
    assert link.silence(SILENCE_S) is not None


def test_a_restart_voids_the_alerts_and_begins_to_count_anew() -> None:
    link = Link(0.0)
    link.hear(envelope(samples.state(1.0, samples.open_alert()), 40), 0.1)
    events = link.hear(envelope(samples.health(), 7, boot="b"), 0.2)
    assert events == [Restarted("b", (samples.open_alert(),))]
    assert link.open_alerts == ()
    assert link.hear(envelope(samples.state(), 3, boot="b"), 0.3) == []
    assert link.hear(envelope(samples.state(), 4, boot="b"), 0.3) == []


def test_a_restart_is_told_before_the_link_is_back() -> None:
    link = Link(0.0)
    link.hear(envelope(samples.health()), 0.0)
    link.silence(5.0)
    events = link.hear(envelope(samples.health(), boot="b"), 6.0)
    assert events == [Restarted("b", ()), LinkRestored(6.0)]


def test_the_first_message_of_a_topic_is_no_gap() -> None:
    link = Link(0.0)
    assert link.hear(envelope(samples.state(), 900), 0.0) == []
    assert link.hear(envelope(samples.alert(), 12), 0.0) == []
    assert link.hear(envelope(samples.state(), 903), 0.0) == [Missed("state", 2)]


@given(st.lists(st.tuples(st.sampled_from([0, 1, 2]), st.booleans()), max_size=60))
def test_every_missed_message_is_counted_once_and_by_its_topic(sent: list[tuple[int, bool]]) -> None:
    bodies = (samples.alert(), samples.state(), samples.alert(kind=AlertKind.DROWSY))
    link = Link(0.0)
    sequence, told, lost = [0, 0, 0], [0, 0, 0], [0, 0, 0]
    started = [False, False, False]
    for which, arrives in [*sent, (0, True), (1, True), (2, True)]:
        sequence[which] += 1
        if not arrives:
            lost[which] += started[which]
            continue
        for event in link.hear(envelope(bodies[which], sequence[which]), 0.0):
            assert isinstance(event, Missed)
            assert event.topic == topic_of(bodies[which])
            told[which] += event.count
        started[which] = True
    assert told == lost


def test_open_alerts_follow_the_alerts_between_two_states() -> None:
    link = Link(0.0)
    link.hear(envelope(samples.alert(3)), 0.0)
    assert [(known.id, known.severity) for known in link.open_alerts] == [(3, Severity.NOTICE)]
    link.hear(envelope(samples.alert(4, AlertKind.NOT_SEEN)), 0.0)
    assert [known.id for known in link.open_alerts] == [4, 3], "most urgent first"
    worse = samples.alert(3, event=AlertEvent.ESCALATED).model_copy(update={"severity": Severity.WARNING})
    link.hear(envelope(worse, 2), 0.0)
    assert [(known.id, known.severity) for known in link.open_alerts][1] == (3, Severity.WARNING)
    link.hear(envelope(samples.alert(3, event=AlertEvent.CLEARED), 3), 0.0)
    assert [known.id for known in link.open_alerts] == [4]


def test_the_state_has_the_last_word_on_open_alerts() -> None:
    link = Link(0.0)
    link.hear(envelope(samples.alert(3)), 0.0)
    link.hear(envelope(samples.state(1.0, samples.open_alert(5))), 0.0)
    assert [known.id for known in link.open_alerts] == [5]
    link.hear(envelope(samples.state(1.1), 2), 0.0)
    assert link.open_alerts == ()


def test_a_newer_schema_is_told_once_and_again_after_a_restart() -> None:
    link = Link(0.0)
    newer = SCHEMA_VERSION + 1
    assert link.hear(envelope(samples.state(), 1, version=newer), 0.0) == [NewerSchema(newer, SCHEMA_VERSION)]
    assert link.hear(envelope(samples.state(), 2, version=newer), 0.0) == []
    again = link.hear(envelope(samples.state(), 1, boot="b", version=newer), 0.0)
    assert again == [Restarted("b", ()), NewerSchema(newer, SCHEMA_VERSION)]


@pytest.mark.parametrize("seq", [5, 4, 1])
def test_a_number_that_does_not_rise_is_no_gap(seq: int) -> None:
    link = Link(0.0)
    link.hear(envelope(samples.state(), 5), 0.0)
    assert link.hear(envelope(samples.state(), seq), 0.0) == []
