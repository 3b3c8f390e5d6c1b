"""The state machine behind every alert.

::

    idle ──condition held for the first threshold──> open(severity)
    open ──held for the next threshold─────────────> open(higher severity)   escalated
    open ──condition gone for clear_s──────────────> idle                    cleared

While an alert is open, a condition that is interrupted for less than `clear_s` keeps its
start: a flicker of one frame neither clears an alert nor slows its escalation.
"""

from dataclasses import dataclass, field
from typing import Any

from drivermon.alerts.rules import Rule, rules
from drivermon.config import AlertSettings
from drivermon.memory import STRICT, Remembering
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

    __pydantic_config__ = STRICT
    id: int
    level: int
    severity: Severity
    since: float
    detail: str | None
    gone_since: float | None = None


@dataclass(slots=True)
class _Memory:
    """The last number given, and the open alert of each rule by the rule's key."""

    __pydantic_config__ = STRICT
    last_id: int = 0
    open: dict[str, _Open] = field(default_factory=dict)


class AlertPolicy(Remembering[_Memory]):
    """Steps every rule once per state; numbers alerts from 1 in the order they are raised."""

    def __init__(self, settings: AlertSettings, digests: Digests) -> None:
        super().__init__(_Memory())
        self._rules = {rule.key: rule for rule in rules(settings)}
        self._digests = digests

    def restore(self, state: Any) -> None:
        """Take up numbers and open alerts; those of a rule that is no longer in force are dropped.

        Raises:
            RestoreError: it is not one of this version; the policy is as it was.

        """
        super().restore(state)
        known = {key: alert for key, alert in self._memory.open.items() if key in self._rules}
        self._memory.open = known

    def step(self, state: DriverState) -> tuple[tuple[Alert, ...], tuple[OpenAlert, ...]]:
        """Return the alerts that this state causes, and all that are open after it, most urgent first."""
        alerts = tuple(alert for rule in self._rules.values() for alert in self._run(rule, state))
        opened = sorted(
            ((self._rules[key].kind, alert) for key, alert in self._memory.open.items()),
            key=lambda pair: (_URGENCY[pair[0]], pair[1].id),
        )
        return alerts, tuple(
            OpenAlert(id=alert.id, kind=kind, severity=alert.severity, since=alert.since, detail=alert.detail)
            for kind, alert in opened
        )

    def _run(self, rule: Rule, state: DriverState) -> list[Alert]:
        held_s = rule.held_for(state)
        alert = self._memory.open.get(rule.key)
        if alert is None:
            if held_s is None or held_s < rule.levels[0].threshold_s:
                return []
            return self._raise(rule, state, held_s)
        if held_s is None:
            return self._fade(rule, state, alert)
        alert.gone_since = None
        return self._escalate(rule, state, alert)

    def _raise(self, rule: Rule, state: DriverState, held_s: float) -> list[Alert]:
        self._memory.last_id += 1
        first = rule.levels[0]
        alert = _Open(self._memory.last_id, 0, first.severity, state.t - held_s, rule.detail(state))
        self._memory.open[rule.key] = alert
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

    def _fade(self, rule: Rule, state: DriverState, alert: _Open) -> list[Alert]:
        if alert.gone_since is None:
            alert.gone_since = state.t
        gone_s = state.t - alert.gone_since
        if gone_s < rule.clear_s:
            return []
        del self._memory.open[rule.key]
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
