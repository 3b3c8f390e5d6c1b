"""Which alert answers which event: laws, and the table that says so."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.config import Settings
from drivermon.evaluation.matching import Episode, Signal, episodes, match
from drivermon.evaluation.topics import TOPIC_OF, TOPICS, YAWN
from drivermon.messages import AlertKind
from drivermon.simulation.drive.labels import Label

SETTINGS = Settings()
KINDS = sorted({kind for topic in TOPICS for kind in (*topic.answers, *topic.explains)})
# eighths of a second: sums of them are exact, so that a shift moves nothing over a limit
TIMES = st.integers(0, 800).map(lambda eighths: eighths / 8)
SIGNALS = st.lists(
    st.builds(
        lambda kind, t, lasts: Signal(kind, "warning", t, t + lasts), st.sampled_from(KINDS), TIMES, TIMES
    ),
    max_size=12,
)
LABELS = st.lists(
    st.builds(
        lambda event, start, lasts: Label(event, start, start + lasts),
        st.sampled_from(sorted(TOPIC_OF)),
        TIMES,
        TIMES.map(lambda t: t / 8),
    ),
    max_size=8,
)


def speed_unknown(_: float) -> None:
    """A car that reports no speed."""


def found(*labels: Label, kmh: float | None = None) -> tuple[Episode, ...]:
    """The episodes of a drive at one speed."""
    return episodes(labels, SETTINGS, lambda _: kmh)


def alert(kind: str, t: float) -> Signal:
    """A short alert."""
    return Signal(kind, "warning", t, t + 1.0)


@given(LABELS, SIGNALS)
def test_each_signal_answers_one_event_is_explained_or_false(
    labels: list[Label], signals: list[Signal]
) -> None:
    matched = match(episodes(labels, SETTINGS, speed_unknown), signals)
    used = [*(signal for told in matched.answers for signal in told), *matched.false]
    assert len(used) <= len(signals)
    for signal in set(signals):
        assert used.count(signal) in (0, signals.count(signal))


@given(LABELS, SIGNALS, st.randoms(use_true_random=False))
def test_the_order_of_signals_and_labels_changes_nothing(
    labels: list[Label], signals: list[Signal], luck: st.DataObject
) -> None:
    mixed_labels, mixed = list(labels), list(signals)
    luck.shuffle(mixed_labels)
    luck.shuffle(mixed)
    first = match(episodes(labels, SETTINGS, speed_unknown), signals)
    assert match(episodes(mixed_labels, SETTINGS, speed_unknown), mixed) == first


@given(LABELS, SIGNALS, TIMES)
def test_a_drive_that_begins_later_is_matched_alike(
    labels: list[Label], signals: list[Signal], later_s: float
) -> None:
    moved = [Label(one.event, one.start_s + later_s, one.end_s + later_s) for one in labels]
    told = [replace(one, t=one.t + later_s, end_s=one.end_s + later_s) for one in signals]
    here = match(episodes(labels, SETTINGS, speed_unknown), signals)
    there = match(episodes(moved, SETTINGS, speed_unknown), told)
    assert [len(own) for own in there.answers] == [len(own) for own in here.answers]
    assert len(there.false) == len(here.false)


@given(LABELS, SIGNALS, st.floats(0, 3), st.floats(0, 3))
def test_more_tolerance_never_calls_more_alerts_false(
    labels: list[Label], signals: list[Signal], one_s: float, other_s: float
) -> None:
    known = episodes(labels, SETTINGS, speed_unknown)
    low, high = sorted((one_s, other_s))
    assert set(match(known, signals, high).false) <= set(match(known, signals, low).false)


@given(LABELS)
def test_without_signals_nothing_is_answered_and_nothing_false(labels: list[Label]) -> None:
    matched = match(episodes(labels, SETTINGS, speed_unknown), [])
    assert not any(matched.answers)
    assert not matched.false


@given(SIGNALS)
def test_where_nothing_happens_every_signal_is_false(signals: list[Signal]) -> None:
    assert len(match((), signals).false) == len(signals)


def test_a_microsleep_that_becomes_sleep_answers_one_event() -> None:
    matched = match(found(Label("eyes_closed", 4.6, 8.9)), [alert("microsleep", 6.1), alert("sleep", 7.6)])
    assert [len(told) for told in matched.answers] == [2]
    assert not matched.false


@pytest.mark.parametrize(
    ("kind", "t", "answered"),
    [
        ("microsleep", 4.05, True),
        ("microsleep", 9.35, True),
        ("microsleep", 4.05 - 0.1, False),
        ("microsleep", 9.45, False),
        ("distraction", 6.0, False),
    ],
)
def test_an_alert_answers_within_the_tolerance_and_its_own_topic(kind: str, t: float, answered: bool) -> None:
    matched = match(found(Label("eyes_closed", 4.5, 8.9)), [alert(kind, t)])
    assert bool(matched.answers[0]) is answered
    assert bool(matched.false) is not answered


@pytest.mark.parametrize(
    ("event", "lasts_s", "kmh", "due"),
    [
        ("eyes_closed", 1.9, None, False),
        ("eyes_closed", 2.1, None, True),
        ("eyes_closed", 2.1, -1.0, False),
        ("away", 3.4, None, False),
        ("away", 3.6, None, True),
        ("away", 3.6, 10.0, False),
        ("away", 3.6, 100.0, True),
        ("camera_lost", 2.6, -1.0, True),
        ("yawn", 2.1, None, True),
        ("emotion happy", 20.0, None, False),
    ],
)
def test_an_answer_is_due_to_what_lasts_at_that_speed(
    event: str, lasts_s: float, kmh: float | None, due: bool
) -> None:
    (episode,) = found(Label(event, 10.0, 10.0 + lasts_s), kmh=kmh)
    assert episode.due is due


def test_hand_labels_of_one_look_away_are_one_event() -> None:
    labels = (Label("head_down", 7.0, 8.3), Label("head_away", 8.4, 11.4), Label("head_away", 11.7, 14.7))
    assert [(one.start_s, one.end_s) for one in found(*labels)] == [(7.0, 14.7)]


def test_closures_explain_drowsiness_for_the_window_of_perclos() -> None:
    known = found(Label("eyes_closed", 10.0, 11.0))
    assert not match(known, [alert("drowsy", 150.0)]).false
    assert match(known, [alert("drowsy", 300.0)]).false


def test_every_kind_of_alert_is_in_the_table() -> None:
    plain = {kind.value for kind in AlertKind} - {AlertKind.EMOTION.value}
    assert {kind for kind in KINDS if not kind.startswith("emotion ")} == plain | {YAWN}
    assert len(TOPIC_OF) == sum(len(topic.events) for topic in TOPICS)
