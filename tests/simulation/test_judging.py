"""Expectations against alerts: what is missing, what is too much."""

import pytest

from drivermon.messages import Alert, AlertEvent, AlertKind
from drivermon.simulation.drive.judging import complaints
from drivermon.simulation.play import parse_script
from tests import samples


def alert(t: float, kind: str, event: str = "raised", number: int = 1, detail: str | None = None) -> Alert:
    one = samples.alert(number, AlertKind(kind), AlertEvent(event))
    evidence = one.evidence.model_copy(update={"detail": detail})
    return one.model_copy(update={"t": t, "evidence": evidence})


SLEEP = [alert(10.1, "sleep"), alert(12.0, "sleep", "cleared")]


@pytest.mark.parametrize(
    ("expected", "alerts", "wrong"),
    [
        ("sleep raised at 10", SLEEP, 0),
        ("sleep raised at 9.8", SLEEP, 1),
        ("sleep raised at 10.4", SLEEP, 1),
        ("sleep escalated", SLEEP, 1),
        ("sleep critical", SLEEP, 1),
        ("microsleep", SLEEP, 1),
        ("no microsleep", SLEEP, 0),
        ("no sleep", SLEEP, 2),
        ("no sleep from 0 to 9", SLEEP, 0),
        ("no alert", SLEEP, 2),
        ("no alert", [], 0),
        ("sleep raised at 10\nexpect no other alert", SLEEP, 0),
        ("sleep raised at 10\nexpect no other alert", [*SLEEP, alert(20, "sleep", number=2)], 1),
        ("sleep raised at 10\nexpect no other alert", [*SLEEP, alert(11, "not_seen", number=2)], 1),
        ("degraded dark", [alert(5, "degraded", detail="dark")], 0),
        ("degraded dark", [alert(5, "degraded", detail="covered")], 1),
    ],
)
def test_what_is_not_as_expected_is_told(expected: str, alerts: list[Alert], wrong: int) -> None:
    script = parse_script(f"length 60 s\nexpect {expected}")
    assert len(complaints(script.expectations, alerts)) == wrong


def test_lateness_is_allowed_to_what_must_come_only() -> None:
    script = parse_script("length 60 s\nexpect sleep raised at 9.5\nexpect no sleep from 0 to 10")
    assert complaints(script.expectations, SLEEP, late_s=0.5) == []
    (text,) = complaints(script.expectations, SLEEP)
    assert (
        "line 2: missing sleep raised from 9.3 to 9.7 s; of this kind: sleep notice raised at 10.100 s"
        in text
    )
