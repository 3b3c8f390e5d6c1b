"""Whether the alerts of a drive are those that its script expects."""

from collections.abc import Iterable, Sequence

from drivermon.messages import Alert
from drivermon.simulation.script.model import Expectation


def complaints(
    expectations: Iterable[Expectation], alerts: Sequence[Alert], late_s: float = 0.0
) -> list[str]:
    """Return what is not as expected, one text each; empty when all is.

    Args:
        expectations: of a script.
        alerts: all that were raised, escalated and cleared while it was played.
        late_s: allowed beyond each latest time, for frames that did not come in time.

    """
    expected = list(expectations)
    wanted = [one for one in expected if one.wanted]
    found: list[str] = []
    for one in expected:
        if one.wanted:
            if not any(_fits(one, alert, late_s) for alert in alerts):
                near = "; ".join(_words(alert) for alert in alerts if alert.kind == one.kind) or "none"
                found.append(f"line {one.line}: missing {_line(one)}; of this kind: {near}")
            continue
        unasked = _unasked(alerts, wanted, late_s) if one.others else alerts
        found += [
            f"line {one.line}: unexpected {_words(alert)}" for alert in unasked if _fits(one, alert, 0.0)
        ]
    return found


def _fits(one: Expectation, alert: Alert, late_s: float) -> bool:
    return (
        one.kind in (None, alert.kind)
        and one.event in (None, alert.event)
        and one.severity in (None, alert.severity)
        and one.detail in (None, alert.evidence.detail)
        and one.from_s <= alert.t <= one.to_s + late_s
    )


def _unasked(alerts: Sequence[Alert], wanted: Sequence[Expectation], late_s: float) -> list[Alert]:
    """Alerts of which no step was asked for."""
    asked = {alert.id for alert in alerts if any(_fits(one, alert, late_s) for one in wanted)}
    return [alert for alert in alerts if alert.id not in asked]


def _line(one: Expectation) -> str:
    words = [one.kind, one.detail, one.severity, one.event]
    return f"{' '.join(str(word) for word in words if word)} from {one.from_s:g} to {one.to_s:g} s"


def _words(alert: Alert) -> str:
    return f"{alert.kind} {alert.severity} {alert.event} at {alert.t:.3f} s ({alert.evidence.rule})"
