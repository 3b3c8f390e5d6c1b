"""The `expect` lines of a drive script: alerts that must or must not come, and when."""

import math

from drivermon.emotions import EMOTIONS
from drivermon.messages import AlertEvent, AlertKind, DegradedCause, Severity
from drivermon.simulation.script.model import Expectation
from drivermon.simulation.script.words import Words

USUAL_TOLERANCE_S = 0.2
"""An alert comes at its threshold ± 0.2 s at every frame rate."""

_LATEST_S = 1e6
_KINDS = [kind.value for kind in AlertKind]
_EVENTS = [event.value for event in AlertEvent]
_SEVERITIES = [severity.value for severity in Severity]
_DETAILS = sorted({*EMOTIONS, *(cause.value for cause in DegradedCause)})


def read_expectation(words: Words) -> Expectation:
    """Read what stands after `expect`.

    ::

        [no] KIND [DETAIL] [SEVERITY] [EVENT] [at T [+- S] | from T to T | by T]
        no [other] alert [from T to T | by T]

    Raises:
        ScriptError: a word that is not understood.

    """
    line = words.place.line
    wanted = words.maybe("no") is None
    others = not wanted and words.maybe("other") is not None
    known = ["alert"] if others else _KINDS if wanted else ["alert", *_KINDS]
    kind = words.choice("the kind of an alert", known)
    detail = words.maybe(*_DETAILS)
    severity = words.maybe(*_SEVERITIES)
    event = words.maybe(*_EVENTS)
    from_s, to_s = _times(words)
    return Expectation(
        line=line,
        kind=None if kind == "alert" else AlertKind(kind),
        wanted=wanted,
        event=AlertEvent(event) if event else None,
        severity=Severity(severity) if severity else None,
        detail=detail,
        from_s=from_s,
        to_s=to_s,
        others=others,
    )


def _times(words: Words) -> tuple[float, float]:
    if not words:
        return 0.0, math.inf
    how = words.choice("what is expected of it", [*_DETAILS, *_SEVERITIES, *_EVENTS, "at", "from", "by"])
    if how == "at":
        t = _time(words, 0)
        slack = USUAL_TOLERANCE_S
        if words.maybe("+-", "±"):
            slack = _time(words, 0)
        times = (max(0.0, t - slack), t + slack)
    elif how == "from":
        start = _time(words, 0)
        words.literal("to")
        times = (start, _time(words, start))
    elif how == "by":
        times = (0.0, _time(words, 0))
    else:
        raise words.place.error(f'"{how}" stands too late; the order is kind, detail, severity, event, time')
    words.end()
    return times


def _time(words: Words, low: float) -> float:
    t = words.number("a time in seconds", low, _LATEST_S)
    words.maybe("s")
    return t
