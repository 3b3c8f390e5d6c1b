"""Alerts and states in words, with the evidence behind them."""

from drivermon.messages import Alert, AlertEvent, AlertKind, DegradedCause, DriverState, Evidence

_VIEW = {
    DegradedCause.STARTING: "the camera is starting",
    DegradedCause.LOST: "the camera is lost",
    DegradedCause.HUNG: "the camera hangs",
    DegradedCause.FROZEN: "the picture is frozen",
    DegradedCause.DARK: "the picture is dark",
    DegradedCause.COVERED: "the lens is covered",
    DegradedCause.EYES_HIDDEN: "the eyes can't be seen",
}


def alert_in_words(alert: Alert) -> str:
    """Return one line: what happened, and the value and threshold that decided it."""
    condition = _over(alert) if alert.event is AlertEvent.CLEARED else _condition(alert)
    return condition + _measured(alert.evidence)


def _measured(evidence: Evidence) -> str:
    """Seconds; or how often, or which share, within the window."""
    value, threshold, window_s = evidence.value, evidence.threshold, evidence.window_s or 0.0
    if evidence.unit == "s":
        return f" for {value:.1f} s (limit {threshold:g} s)"
    if threshold >= 1.0:
        return f", {value:.0f} within {window_s / 60:g} min (limit {threshold:g})"
    return f", {100 * value:.0f} % of {window_s:g} s (limit {100 * threshold:g} %)"


def view_in_words(cause: DegradedCause) -> str:
    """Return what is wrong with the view."""
    return _VIEW[cause]


def state_in_words(state: DriverState) -> str:
    """Return emotion, presence and view in one short line."""
    if state.degraded is not None:
        return f"degraded: {_VIEW[state.degraded]}"
    if not state.seen:
        return "driver not seen"
    return f"seen, {state.emotion or 'uncertain'}"


def condition_in_words(kind: AlertKind, detail: str | None) -> str:
    """Return what an alert is about."""
    if kind is AlertKind.DEGRADED and detail is not None:
        return _VIEW[DegradedCause(detail)]
    if kind is AlertKind.NOT_SEEN:
        return "driver not seen"
    return detail or kind.replace("_", " ")


def _condition(alert: Alert) -> str:
    return condition_in_words(alert.kind, alert.evidence.detail)


def _over(alert: Alert) -> str:
    if alert.kind is AlertKind.DEGRADED:
        return "the view is good again"
    if alert.kind is AlertKind.NOT_SEEN:
        return "driver seen again"
    return f"no more {_condition(alert)}"
