"""The state machine behind every alert.

::

    idle ──value reaches the first threshold───────> open(severity)          raised
    open ──value reaches the next threshold────────> open(higher severity)   escalated
    open ──raised too often within a while─────────> open(higher severity)   escalated
    open ──condition gone for clear_s──────────────> idle                    cleared
    open ──condition can't be told─────────────────> open, unchanged

While an alert is open, a condition that is interrupted for less than `clear_s` keeps its
start: a flicker of one frame neither clears an alert nor slows its escalation.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from drivermon.alerts.rules import Rule, rules
from drivermon.config import Settings
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

NOT_ALLOWED_S = 2.0
"""Speed must stay below a gate for so long to end an alert: it may hover about it."""

_URGENCY = {kind: rank for rank, kind in enumerate(AlertKind)}
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class _Reason:
    """What stands in the evidence besides names and digests."""

    value: float
    threshold: float
    unit: Literal["s", "1"]
    window_s: float | None
    rule: str


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
class _History:
    """When a rule's alerts were raised lately, when one was last heard of, and whether one escalated."""

    __pydantic_config__ = STRICT
    raised: list[float] = field(default_factory=list)
    said_t: float = 0.0
    escalated: bool = False


@dataclass(slots=True)
class _Memory:
    """The last number given; open alerts and past ones by the rule's key."""

    __pydantic_config__ = STRICT
    last_id: int = 0
    open: dict[str, _Open] = field(default_factory=dict)
    history: dict[str, _History] = field(default_factory=dict)


class AlertPolicy(Remembering[_Memory]):
    """Steps every rule once per state; numbers alerts from 1 in the order they are raised."""

    def __init__(self, settings: Settings, digests: Digests) -> None:
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
        value = rule.value(state)
        alert = self._memory.open.get(rule.key)
        if value is None:
            return []
        allowed = rule.allowed(state)
        if alert is None:
            reached = value + _ROUNDING >= rule.levels(state)[0].threshold
            return self._raise(rule, state, value) if reached and allowed and self._may(rule, state) else []
        if value <= rule.leave:
            return self._fade(rule, state, alert, rule.clear_s)
        if rule.ends and not allowed:
            return self._fade(rule, state, alert, max(rule.clear_s, NOT_ALLOWED_S))
        alert.gone_since = None
        return self._escalate(rule, state, alert, value) if allowed else []

    def _may(self, rule: Rule, state: DriverState) -> bool:
        """Whether enough time has passed since an escalated alert of this rule was heard of."""
        history = self._memory.history.get(rule.key)
        if rule.repeated is None or history is None:
            return True
        history.raised = [t for t in history.raised if t > state.t - rule.repeated.window_s]
        history.escalated = history.escalated and bool(history.raised)
        return not history.escalated or state.t - history.said_t >= rule.repeated.pause_s

    def _raise(self, rule: Rule, state: DriverState, value: float) -> list[Alert]:
        self._memory.last_id += 1
        first = rule.levels(state)[0]
        since = state.t - value if rule.measure == "lasting" else state.t
        alert = _Open(self._memory.last_id, 0, first.severity, since, rule.detail(state))
        self._memory.open[rule.key] = alert
        reason = _reason(rule, state, value, first.threshold)
        raised = self._report(rule, state, alert, AlertEvent.RAISED, reason)
        return [raised, *self._count(rule, state, alert), *self._escalate(rule, state, alert, value)]

    def _count(self, rule: Rule, state: DriverState, alert: _Open) -> list[Alert]:
        """Remember that an alert was raised; one too many is more urgent."""
        if rule.repeated is None:
            return []
        history = self._memory.history.setdefault(rule.key, _History())
        history.raised.append(state.t)
        history.said_t = state.t
        count, again = len(history.raised), rule.repeated
        if count < again.count or again.severity.rank <= alert.severity.rank:
            return []
        alert.severity = again.severity
        history.escalated = True
        reason = _Reason(count, again.count, "1", again.window_s, f"{rule.name}_repeated")
        return [self._report(rule, state, alert, AlertEvent.ESCALATED, reason)]

    def _escalate(self, rule: Rule, state: DriverState, alert: _Open, value: float) -> list[Alert]:
        reached = state.t - alert.since if rule.measure == "lasting" else value
        levels = rule.levels(state)
        reports = []
        while alert.level + 1 < len(levels) and reached + _ROUNDING >= levels[alert.level + 1].threshold:
            alert.level += 1
            level = levels[alert.level]
            if level.severity.rank > alert.severity.rank:
                alert.severity = level.severity
                reason = _reason(rule, state, reached, level.threshold)
                reports.append(self._report(rule, state, alert, AlertEvent.ESCALATED, reason))
        history = self._memory.history.get(rule.key)
        if reports and history is not None:
            history.escalated, history.said_t = True, state.t
        return reports

    def _fade(self, rule: Rule, state: DriverState, alert: _Open, clear_s: float) -> list[Alert]:
        if alert.gone_since is None:
            alert.gone_since = state.t
        gone_s = state.t - alert.gone_since
        if gone_s < clear_s:
            return []
        del self._memory.open[rule.key]
        reason = _Reason(gone_s, clear_s, "s", clear_s, rule.name)
        return [self._report(rule, state, alert, AlertEvent.CLEARED, reason)]

    def _report(
        self, rule: Rule, state: DriverState, alert: _Open, event: AlertEvent, reason: _Reason
    ) -> Alert:
        return Alert(
            t=state.t,
            id=alert.id,
            kind=rule.kind,
            event=event,
            severity=alert.severity,
            since=alert.since,
            evidence=Evidence(
                rule=reason.rule,
                value=reason.value,
                threshold=reason.threshold,
                unit=reason.unit,
                window_s=reason.window_s,
                detail=alert.detail,
                digests=self._digests,
            ),
        )


def _reason(rule: Rule, state: DriverState, value: float, threshold: float) -> _Reason:
    window_s = threshold if rule.window_s is None else rule.window_s(state)
    return _Reason(value, threshold, "1" if rule.measure == "share" else "s", window_s, rule.name)
