"""The state machine behind every alert.

::

    idle ──condition held for the first threshold──> open(severity)
    open ──held for the next threshold─────────────> open(higher severity)   escalated
    open ──condition gone for clear_s──────────────> idle                    cleared

While an alert is open, a condition that is interrupted for less than `clear_s` keeps its
start: a flicker of one frame neither clears an alert nor slows its escalation.
"""

from dataclasses import dataclass

from drivermon.alerts.rules import Rule, rules
from drivermon.config import AlertSettings
from drivermon.messages import (
    Alert,
    AlertEvent,
    AlertKind,
    Digests,
    DriverState,
    Evidence,
    OpenAlert,
    Severity,
)

_URGENCY = {kind: rank for rank, kind in enumerate(AlertKind)}


@dataclass(slots=True)
class _Open:
    """An open alert: its number, severity, start, and since when its condition is gone."""

    id: int
    level: int
    severity: Severity
    since: float
    detail: str | None
    gone_since: float | None = None


class AlertPolicy:
    """Steps every rule once per state; numbers alerts from 1 in the order they are raised."""

    def __init__(self, settings: AlertSettings, digests: Digests) -> None:
        self._rules = rules(settings)
        self._open: dict[int, _Open] = {}
        self._digests = digests
        self._last_id = 0

    def step(self, state: DriverState) -> tuple[tuple[Alert, ...], tuple[OpenAlert, ...]]:
        """Return the alerts that this state causes, and all that are open after it, most urgent first."""
        alerts = tuple(
            alert for line, rule in enumerate(self._rules) for alert in self._run(line, rule, state)
        )
        opened = sorted(
            ((self._rules[line].kind, alert) for line, alert in self._open.items()),
            key=lambda pair: (_URGENCY[pair[0]], pair[1].id),
        )
        return alerts, tuple(
            OpenAlert(id=alert.id, kind=kind, severity=alert.severity, since=alert.since, detail=alert.detail)
            for kind, alert in opened
        )

    def _run(self, line: int, rule: Rule, state: DriverState) -> list[Alert]:
        held_s = rule.held_for(state)
        alert = self._open.get(line)
        if alert is None:
            if held_s is None or held_s < rule.levels[0].threshold_s:
                return []
            return self._raise(line, rule, state, held_s)
        if held_s is None:
            return self._fade(line, rule, state, alert)
        alert.gone_since = None
        return self._escalate(rule, state, alert)

    def _raise(self, line: int, rule: Rule, state: DriverState, held_s: float) -> list[Alert]:
        self._last_id += 1
        first = rule.levels[0]
        alert = _Open(self._last_id, 0, first.severity, state.t - held_s, rule.detail(state))
        self._open[line] = alert
        raised = self._report(rule, state, alert, AlertEvent.RAISED, held_s, first.threshold_s)
        return [raised, *self._escalate(rule, state, alert)]

    def _escalate(self, rule: Rule, state: DriverState, alert: _Open) -> list[Alert]:
        held_s = state.t - alert.since
        reports = []
        while alert.level + 1 < len(rule.levels) and held_s >= rule.levels[alert.level + 1].threshold_s:
            alert.level += 1
            level = rule.levels[alert.level]
            alert.severity = level.severity
            reports.append(self._report(rule, state, alert, AlertEvent.ESCALATED, held_s, level.threshold_s))
        return reports

    def _fade(self, line: int, rule: Rule, state: DriverState, alert: _Open) -> list[Alert]:
        if alert.gone_since is None:
            alert.gone_since = state.t
        gone_s = state.t - alert.gone_since
        if gone_s < rule.clear_s:
            return []
        del self._open[line]
        return [self._report(rule, state, alert, AlertEvent.CLEARED, gone_s, rule.clear_s)]

    def _report(
        self,
        rule: Rule,
        state: DriverState,
        alert: _Open,
        event: AlertEvent,
        value_s: float,
        threshold_s: float,
    ) -> Alert:
        return Alert(
            t=state.t,
            id=alert.id,
            kind=rule.kind,
            event=event,
            severity=alert.severity,
            since=alert.since,
            evidence=Evidence(
                rule=rule.name,
                value=value_s,
                threshold=threshold_s,
                unit="s",
                window_s=threshold_s,
                detail=alert.detail,
                digests=self._digests,
            ),
        )
