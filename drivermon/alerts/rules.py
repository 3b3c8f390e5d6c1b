"""The table of rules: what raises an alert, how it escalates, what clears it.

Every rule looks at one value of the state. 0 says that its condition does not hold, `None` that it can't
be told: then an alert is neither raised nor cleared. Thresholds come from the configuration, where their
sources stand; docs/driver_state.md shows the table filled with the defaults.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from drivermon.config import Settings
from drivermon.emotions import Emotion
from drivermon.messages import AlertKind, DriverState, Severity

Measure = Literal["lasting", "sum", "share"]
"""Seconds that a condition has lasted; seconds added up over a window; a share of a window."""

NOTICE, WARNING, CRITICAL = Severity.NOTICE, Severity.WARNING, Severity.CRITICAL


@dataclass(frozen=True, slots=True)
class Level:
    """From `threshold` on, the alert has this severity."""

    threshold: float
    severity: Severity


@dataclass(frozen=True, slots=True)
class Repeated:
    """From the `count`-th alert within `window_s` on, it has this severity at least."""

    count: int
    severity: Severity
    window_s: float
    pause_s: float
    """Once escalated, the rule raises no other alert for so long; 0: each is raised."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table.

    Attributes:
        key: of this line, by which an open alert is found again after a restart.
        kind: of the alerts it raises.
        value: what is compared with the levels.
        levels: by rising threshold and severity.
        clear_s: seconds without the condition that clear the alert.
        measure: what the value is.
        leave: the condition is gone when the value falls to this or below.
        window_s: that the value was taken over; `None` is the threshold itself.
        detail: which emotion, which cause.
        allowed: whether an alert may be raised or escalated, such as at this speed.
        ends: an open alert ends where it would not be allowed.
        repeated: what happens when it comes again.

    """

    key: str
    kind: AlertKind
    value: Callable[[DriverState], float | None]
    levels: Callable[[DriverState], tuple[Level, ...]]
    clear_s: float
    measure: Measure = "lasting"
    leave: float = 0.0
    window_s: Callable[[DriverState], float] | None = None
    detail: Callable[[DriverState], str | None] = lambda _: None
    allowed: Callable[[DriverState], bool] = lambda _: True
    ends: bool = True
    repeated: Repeated | None = None

    @property
    def name(self) -> str:
        """As it stands in the evidence."""
        return self.key.partition(".")[0]


def rules(settings: Settings) -> tuple[Rule, ...]:
    """Return the rules in force, most urgent first."""
    emotion = settings.alerts.emotion
    sustained = (_sustained(one, settings) for one in (emotion.kinds if emotion.enabled else ()))
    return (*_sleep(settings), _drowsy(settings), *_distraction(settings), *_view(settings), *sustained)


def _sleep(settings: Settings) -> tuple[Rule, ...]:
    """Closed eyes; asleep in a standing car is nobody's danger, but what began before goes on."""
    sleep, repetition = settings.alerts.sleep, settings.alerts.repetition
    microsleep_s = settings.alerts.thresholds.microsleep_s

    def closed(kind: AlertKind, after_s: float, severity: Severity, repeated: Repeated | None = None) -> Rule:
        return Rule(
            key=kind.value,
            kind=kind,
            value=lambda state: state.eyes_closed_s,
            levels=lambda _: (Level(after_s, severity),),
            clear_s=sleep.clear_s,
            allowed=_moving,
            ends=False,
            repeated=repeated,
        )

    again = Repeated(repetition.microsleeps, CRITICAL, repetition.window_s, pause_s=0.0)
    return (
        closed(AlertKind.UNRESPONSIVE, sleep.unresponsive_s, CRITICAL),
        Rule(
            key="no_return",
            kind=AlertKind.UNRESPONSIVE,
            value=lambda state: state.away_s if state.eyes_usable or state.away_s == 0.0 else None,
            levels=lambda state: (Level(_distracted_s(state, settings) + sleep.no_return_s, CRITICAL),),
            clear_s=0.0,
            allowed=lambda state: _fast_enough(state, settings.alerts.thresholds.slow_kmh),
        ),
        closed(AlertKind.SLEEP, sleep.sleep_s, CRITICAL),
        closed(AlertKind.MICROSLEEP, microsleep_s, WARNING, again),
    )


def _drowsy(settings: Settings) -> Rule:
    drowsy, repetition = settings.alerts.drowsy, settings.alerts.repetition

    def levels(state: DriverState) -> tuple[Level, ...]:
        corroborated = (state.recent_yawns or 0) >= drowsy.yawns
        return (
            Level(drowsy.notice, NOTICE),
            Level(drowsy.notice if corroborated else drowsy.warning, WARNING),
            Level(drowsy.critical, CRITICAL),
        )

    return Rule(
        key="perclos",
        kind=AlertKind.DROWSY,
        value=lambda state: _perclos(state)[0],
        levels=levels,
        clear_s=drowsy.clear_s,
        measure="share",
        leave=drowsy.notice * drowsy.leave_ratio,
        window_s=lambda state: _perclos(state)[1],
        allowed=lambda state: _fast_enough(state, settings.alerts.thresholds.drowsy_kmh),
        ends=False,
        repeated=Repeated(2, NOTICE, repetition.window_s, repetition.pause_s),
    )


def _distraction(settings: Settings) -> tuple[Rule, ...]:
    thresholds, repetition = settings.alerts.thresholds, settings.alerts.repetition
    again = Repeated(repetition.distractions, CRITICAL, repetition.window_s, repetition.pause_s)

    def allowed(state: DriverState) -> bool:
        return _fast_enough(state, thresholds.slow_kmh)

    return (
        Rule(
            key="distraction",
            kind=AlertKind.DISTRACTION,
            value=lambda state: state.away_s,
            levels=lambda state: (Level(_distracted_s(state, settings), WARNING),),
            clear_s=0.0,  # a look counts as forward only after the time of a return of attention
            allowed=allowed,
            repeated=again,
        ),
        Rule(
            key="glances",
            kind=AlertKind.GLANCES,
            value=lambda state: state.glances_s,
            levels=lambda _: (Level(thresholds.glances_s, WARNING),),
            clear_s=0.0,  # they add up until the driver has looked ahead for long
            measure="sum",
            window_s=lambda _: settings.distraction.glances_window_s,
            allowed=allowed,
            repeated=again,
        ),
    )


def _view(settings: Settings) -> tuple[Rule, ...]:
    not_seen, degraded = settings.alerts.not_seen, settings.alerts.degraded
    return (
        Rule(
            key="not_seen",
            kind=AlertKind.NOT_SEEN,
            value=lambda state: 0.0 if state.seen else state.not_seen_s,
            levels=lambda _: (Level(not_seen.notice_s, NOTICE), Level(not_seen.warning_s, WARNING)),
            clear_s=not_seen.clear_s,
            allowed=_moving,
        ),
        Rule(
            key="degraded",
            kind=AlertKind.DEGRADED,
            value=lambda state: 0.0 if state.degraded is None else state.degraded_s,
            levels=lambda _: (Level(degraded.notice_s, NOTICE),),
            clear_s=degraded.clear_s,
            detail=lambda state: state.degraded,
        ),
    )


def _sustained(emotion: Emotion, settings: Settings) -> Rule:
    limits = settings.alerts.emotion
    return Rule(
        key=f"emotion_sustained.{emotion}",
        kind=AlertKind.EMOTION,
        value=lambda state: state.emotion_s if state.emotion == emotion else 0.0,
        levels=lambda _: (Level(limits.sustained_s, NOTICE),),
        clear_s=limits.clear_s,
        detail=lambda _: emotion,
    )


def _moving(state: DriverState) -> bool:
    return state.standing is not True


def _fast_enough(state: DriverState, least_kmh: float) -> bool:
    """An unknown speed is any speed."""
    return state.speed_kmh is None or state.speed_kmh >= least_kmh


def _distracted_s(state: DriverState, settings: Settings) -> float:
    """After how long a look away is a distraction at this speed; unknown is the strictest."""
    limits = settings.alerts.thresholds
    if state.speed_kmh is None:
        return min(limits.distraction_s, limits.distraction_slow_s)
    return limits.distraction_s if state.speed_kmh >= limits.fast_kmh else limits.distraction_slow_s


def _perclos(state: DriverState) -> tuple[float | None, float]:
    """The larger of both shares, and its window in seconds."""
    known = [(share, window_s) for share, window_s in ((state.perclos_60, 60.0), (state.perclos_180, 180.0))
             if share is not None]  # fmt: skip
    return max(known, key=lambda pair: pair[0]) if known else (None, 60.0)
