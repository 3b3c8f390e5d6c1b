"""The life of an alert, through the whole of interpretation and policy."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.config import AlertSettings, EmotionAlertSettings, Settings
from drivermon.errors import SourceError
from drivermon.messages import Alert, Digests, DriverState, Event
from drivermon.pipeline import Pipeline
from tests.drives import COVERED_PICTURE, at, lost, seen, unseen

DIGESTS = Digests(config="c", networks={"emotion": "n"})
FPS = st.sampled_from([5, 10, 15, 30, 60])


def run(events: Iterable[Event], settings: Settings | None = None) -> tuple[list[Alert], list[DriverState]]:
    """Alerts and states of a drive of observations."""
    pipeline = Pipeline(settings or Settings(), DIGESTS, None)
    results = [pipeline.step(event) for event in events]
    return [alert for result in results for alert in result.alerts], [result.state for result in results]


def steps(alerts: list[Alert]) -> list[tuple[str, str, str]]:
    """(kind, event, severity) of each."""
    return [(alert.kind.value, alert.event.value, alert.severity.value) for alert in alerts]


@given(FPS)
def test_a_driver_who_leaves_and_comes_back(fps: int) -> None:
    alerts, _ = run(at(fps, 20.0, lambda t: unseen(t) if 2.0 <= t < 15.0 else seen(t)))
    assert steps(alerts) == [
        ("not_seen", "raised", "notice"),
        ("not_seen", "escalated", "warning"),
        ("not_seen", "cleared", "warning"),
    ]
    assert [alert.t for alert in alerts] == pytest.approx([5.0, 12.0, 15.5], abs=0.2 + 1 / fps)
    assert {alert.id for alert in alerts} == {1}
    assert len({alert.since for alert in alerts}) == 1


@given(FPS, st.sampled_from(["anger", "fear", "sadness"]))
def test_a_sustained_emotion_raises_one_advisory(fps: int, emotion: str) -> None:
    alerts, _ = run(at(fps, 20.0, lambda t: seen(t, emotion if 2 <= t < 12 else "neutral")))  # type: ignore[arg-type]
    assert steps(alerts) == [("emotion", "raised", "notice"), ("emotion", "cleared", "notice")]
    assert alerts[0].evidence.detail == emotion
    assert alerts[0].evidence.threshold == 5.0
    assert alerts[0].evidence.value == pytest.approx(5.0, abs=1 / fps + 1e-3)


@pytest.mark.parametrize("emotion", ["happy", "neutral", "surprise", "disgust"])
def test_other_emotions_raise_nothing(emotion: str) -> None:
    assert run(at(10, 20.0, lambda t: seen(t, emotion)))[0] == []  # type: ignore[arg-type]


def test_anger_that_turns_into_sadness_is_two_advisories() -> None:
    alerts, _ = run(at(30, 24.0, lambda t: seen(t, "anger" if t < 10 else "sadness")))
    assert [(a.evidence.detail, a.event.value) for a in alerts] == [
        ("anger", "raised"),
        ("anger", "cleared"),
        ("sadness", "raised"),
    ]
    assert [alert.id for alert in alerts] == [1, 1, 2]


def test_emotion_advisories_can_be_switched_off_without_touching_others() -> None:
    def drive() -> Iterable[Event]:
        return at(10, 30.0, lambda t: seen(t, "anger") if t < 12 else unseen(t))

    off = Settings(alerts=AlertSettings(emotion=EmotionAlertSettings(enabled=False)))
    everything, _ = run(drive())
    rest, _ = run(drive(), off)
    assert [s for s in steps(everything) if s[0] != "emotion"] == steps(rest)
    assert steps(rest) == [("not_seen", "raised", "notice"), ("not_seen", "escalated", "warning")]


def test_a_covered_camera_is_one_notice_and_one_end() -> None:
    alerts, _ = run(at(10, 30.0, lambda t: unseen(t, COVERED_PICTURE) if 5 <= t < 20 else seen(t)))
    assert steps(alerts) == [("degraded", "raised", "notice"), ("degraded", "cleared", "notice")]
    assert alerts[0].evidence.detail == "covered"
    assert alerts[0].t <= 15.0


def test_a_lost_camera_is_degraded_and_not_an_absent_driver() -> None:
    alerts, _ = run(at(10, 30.0, lambda t: lost(t) if 5 <= t < 25 else seen(t)))
    assert steps(alerts) == [("degraded", "raised", "notice"), ("degraded", "cleared", "notice")]


def test_an_absent_driver_goes_on_escalating_while_the_camera_is_lost() -> None:
    alerts, _ = run(at(10, 20.0, lambda t: seen(t) if t < 1 else unseen(t) if t < 5 else lost(t)))
    assert ("not_seen", "escalated", "warning") in steps(alerts)


def test_one_frame_with_a_face_clears_nothing_and_slows_nothing() -> None:
    plain, _ = run(at(10, 14.0, lambda t: seen(t) if t < 1 else unseen(t)))
    flicker, _ = run(at(10, 14.0, lambda t: seen(t) if t < 1 or t == 6.0 else unseen(t)))
    assert steps(flicker) == steps(plain)
    assert [alert.t for alert in flicker] == [alert.t for alert in plain]


def test_short_absences_raise_nothing() -> None:
    assert run(at(30, 60.0, lambda t: unseen(t) if t % 3 > 0.5 else seen(t)))[0] == []


def test_every_open_alert_stands_in_the_state_most_urgent_first() -> None:
    def drive(t: float) -> Event:
        return seen(t, "anger") if t < 8 else unseen(t)

    settings = Settings(
        alerts=AlertSettings(emotion=EmotionAlertSettings(clear_s=60.0)),
    )
    _, states = run(at(10, 12.0, drive), settings)
    assert [alert.kind.value for alert in states[-1].alerts] == ["not_seen", "emotion"]


@given(st.lists(st.sampled_from(["anger", "sadness", "happy", "gone", "lost"]), min_size=1, max_size=12), FPS)
def test_every_alert_lives_once_from_raised_to_cleared(script: list[str], fps: int) -> None:
    def drive(t: float) -> Event:
        what = script[min(int(t / 4), len(script) - 1)]
        if what == "lost":
            return lost(t)
        return unseen(t) if what == "gone" else seen(t, what)  # type: ignore[arg-type]

    alerts, states = run(at(fps, 4.0 * len(script), drive))
    assert sorted({alert.id for alert in alerts}) == list(range(1, len({alert.id for alert in alerts}) + 1))
    for number in {alert.id for alert in alerts}:
        life = [alert for alert in alerts if alert.id == number]
        assert life[0].event.value == "raised"
        assert [alert.event.value for alert in life].count("cleared") <= 1
        assert all(a.event.value != "cleared" for a in life[:-1])
        assert all(a.severity.rank < b.severity.rank or b.event.value == "cleared" for a, b in pairwise(life))
        assert {alert.kind for alert in life} == {life[0].kind}
    still_open = {a.id for a in alerts} - {a.id for a in alerts if a.event.value == "cleared"}
    assert {alert.id for alert in states[-1].alerts} == still_open


def test_time_that_goes_back_is_refused() -> None:
    with pytest.raises(SourceError, match="went back"):
        run([seen(1.0), seen(0.5)])
