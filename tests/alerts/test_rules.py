"""The table of rules: thresholds by profile and speed, escalation, repetition, pauses, evidence."""

from itertools import pairwise

import pytest

from drivermon.alerts import AlertPolicy
from drivermon.alerts.rules import rules
from drivermon.config import Settings, load
from drivermon.errors import ConfigError
from drivermon.messages import Alert, AlertKind, DriverState
from drivermon.pipeline import Pipeline
from tests.alerts.test_policy import DIGESTS
from tests.interpretation.reading import played
from tests.samples import state as full_state

STEP_S = 0.1


def profile(name: str) -> Settings:
    return Settings.model_validate({"alerts": {"profile": name}})


def alerts(lines: str, settings: Settings | None = None) -> list[Alert]:
    """Alerts of a drive without habits or noise."""
    pipeline = Pipeline(settings or Settings(), DIGESTS, None)
    return [alert for event in played(lines, 15) for alert in pipeline.step(event).alerts]


def words(found: list[Alert], kind: str) -> list[tuple[str, str, float]]:
    return [(a.event.value, a.severity.value, round(a.t, 1)) for a in found if a.kind == kind]


def fed(values: list[dict[str, object]], settings: Settings | None = None) -> list[Alert]:
    """What the policy says to states that come every 0.1 s, each like a calm one save for some fields."""
    policy = AlertPolicy(settings or Settings(), DIGESTS)
    calm = full_state(0.0).model_copy(update={"emotion": None, "emotion_s": 0.0, "glances_s": 0.0})
    found: list[Alert] = []
    for k, value in enumerate(values):
        state: DriverState = calm.model_copy(update={"t": round(k * STEP_S, 6), **value})
        found += policy.step(state)[0]
    return found


@pytest.mark.parametrize(
    ("name", "speed", "after_s"),
    [
        ("euro_ncap", "90", 3.0), ("euro_ncap", "30", 3.0), ("euro_ncap", "15", None),
        ("euro_ncap", "unknown", 3.0),
        ("eu_addw", "90", 3.5), ("eu_addw", "30", 6.0), ("eu_addw", "15", None), ("eu_addw", "unknown", 3.5),
    ],
)  # fmt: skip
def test_distraction_comes_by_profile_and_speed(name: str, speed: str, after_s: float | None) -> None:
    found = alerts(f"length 50 s\nsignal speed {speed}\nt = 30 look passenger for 8 s", profile(name))
    raised = [alert for alert in found if alert.kind == "distraction" and alert.event == "raised"]
    assert [alert.t for alert in raised] == (
        [] if after_s is None else [pytest.approx(30 + after_s, abs=0.2)]
    )
    assert [alert.evidence.threshold for alert in raised] == ([] if after_s is None else [after_s])
    no_return = [alert.t for alert in found if alert.kind == "unresponsive" and alert.event == "raised"]
    expected = [] if after_s is None or after_s == 6.0 else [pytest.approx(33 + after_s, abs=0.2)]
    assert no_return == expected


@pytest.mark.parametrize(("name", "speed", "warned"), [
    ("euro_ncap", 60, True), ("euro_ncap", 45, False), ("eu_addw", 60, False), ("eu_addw", 75, True),
])  # fmt: skip
def test_drowsiness_comes_by_profile_and_speed(name: str, speed: int, warned: bool) -> None:
    found = fed([{"perclos_60": 0.2, "speed_kmh": speed}] * 10, profile(name))
    assert ("drowsy" in {alert.kind.value for alert in found}) is warned


def test_custom_thresholds_are_read_with_the_custom_profile_only() -> None:
    custom = {"profile": "custom", "custom": {"microsleep_s": 1.0, "distraction_s": 2.0}}
    settings = Settings.model_validate({"alerts": custom})
    found = alerts("length 40 s\nt = 20 eyes closed for 1.2 s\nt = 30 look passenger for 3 s", settings)
    assert [(alert.kind.value, round(alert.t)) for alert in found if alert.event == "raised"] == [
        ("microsleep", 21),
        ("distraction", 32),
    ]
    with pytest.raises(ConfigError, match="not read with profile"):
        load(environ={}, options={"alerts.custom.microsleep_s": 1.0})


def test_perclos_escalates_by_its_share_and_ends_below_it() -> None:
    shares = [0.07] * 10 + [0.09] * 10 + [0.16] * 10 + [0.31] * 10 + [0.07] * 80 + [0.05] * 80
    found = fed([{"perclos_60": share} for share in shares])
    assert [(a.event.value, a.severity.value) for a in found] == [
        ("raised", "notice"), ("escalated", "warning"), ("escalated", "critical"), ("cleared", "critical"),
    ]  # fmt: skip
    assert [a.evidence.unit for a in found] == ["1", "1", "1", "s"]
    assert found[1].evidence.value == 0.16
    assert found[1].evidence.window_s == 60.0
    assert found[3].t == pytest.approx(12 + 5.0)


def test_three_yawns_make_the_notice_a_warning() -> None:
    found = fed([{"perclos_60": 0.09, "recent_yawns": 3}] * 5)
    assert [(a.event.value, a.severity.value) for a in found] == [
        ("raised", "notice"),
        ("escalated", "warning"),
    ]
    assert fed([{"perclos_60": 0.05, "recent_yawns": 9}] * 5) == []


def test_what_can_not_be_told_neither_raises_nor_clears() -> None:
    closed = [{"eyes_closed_s": 2.0}] * 5
    assert [a.event.value for a in fed([*closed, *[{"eyes_closed_s": None}] * 100])] == ["raised"]
    assert [a.event.value for a in fed([*closed, *[{"eyes_closed_s": 0.0}] * 100])] == ["raised", "cleared"]
    assert fed([{"eyes_closed_s": None, "away_s": None, "perclos_60": None}] * 50) == []


def test_a_second_microsleep_is_critical_and_says_why() -> None:
    drive = "length 60 s\nt = 20 eyes closed for 1.8 s\nt = 40 eyes closed for 1.8 s"
    found = [alert for alert in alerts(drive) if alert.kind == "microsleep"]
    assert [(a.event.value, a.severity.value) for a in found] == [
        ("raised", "warning"), ("cleared", "warning"),
        ("raised", "warning"), ("escalated", "critical"), ("cleared", "critical"),
    ]  # fmt: skip
    assert found[2].t == found[3].t == pytest.approx(41.5, abs=0.1)
    evidence = found[3].evidence
    assert (evidence.rule, evidence.value, evidence.threshold, evidence.unit) == (
        "microsleep_repeated",
        2,
        2,
        "1",
    )


def test_every_microsleep_is_raised_however_often() -> None:
    found = alerts("length 100 s\nt = 10 to 90 every 8 s eyes closed for 1.8 s")
    assert sum(word[0] == "raised" for word in words(found, "microsleep")) == 11


def test_distraction_is_repeated_at_most_once_a_minute_after_its_escalation() -> None:
    found = alerts("length 300 s\nt = 20 to 290 every 6 s look passenger for 3.4 s")
    raised = [t for event, _, t in words(found, "distraction") if event == "raised"]
    assert len(raised) >= 6
    assert [after - before < 10 for before, after in pairwise(raised[:3])] == [True, True]
    assert all(after - before >= 60 for before, after in pairwise(raised[2:]))


def test_speed_that_hovers_about_the_gate_is_no_storm() -> None:
    speeds = [19.5 if k % 10 < 5 else 20.5 for k in range(600)]
    found = fed([{"away_s": k * STEP_S, "speed_kmh": speed} for k, speed in enumerate(speeds)])
    assert len([alert for alert in found if alert.kind == "distraction"]) == 1


def test_a_car_that_stops_ends_a_distraction_but_not_sleep() -> None:
    moving = [{"away_s": 4.0, "eyes_closed_s": 4.0}] * 5
    found = fed([*moving, *[{"away_s": 4.0, "eyes_closed_s": 4.0, "speed_kmh": 0.0, "standing": True}] * 50])
    assert {alert.kind.value for alert in found if alert.event == "cleared"} == {"distraction"}


def test_no_return_needs_an_eye_that_can_be_judged() -> None:
    assert "unresponsive" in {a.kind.value for a in fed([{"away_s": 6.5, "eyes_usable": True}] * 5)}
    assert "unresponsive" not in {a.kind.value for a in fed([{"away_s": 6.5, "eyes_usable": False}] * 5)}


def test_the_table_stands_in_the_order_of_urgency_and_every_kind_has_a_rule() -> None:
    kinds = [rule.kind for rule in rules(Settings())]
    order = list(AlertKind)
    assert [order.index(kind) for kind in kinds] == sorted(order.index(kind) for kind in kinds)
    assert set(kinds) == set(order)
    assert len({rule.key for rule in rules(Settings())}) == len(kinds)


def test_levels_never_fall_in_threshold_or_severity() -> None:
    for name in ("euro_ncap", "eu_addw"):
        for rule in rules(profile(name)):
            levels = rule.levels(full_state())
            for lower, higher in pairwise(levels):
                assert lower.threshold <= higher.threshold
                assert lower.severity.rank < higher.severity.rank
