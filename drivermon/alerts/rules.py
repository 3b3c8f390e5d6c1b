"""The table of rules: what raises an alert, how it escalates, what clears it.

Every rule is a duration: how long its condition has held. Thresholds come from the
configuration, where their sources stand.
"""

from collections.abc import Callable
from dataclasses import dataclass

from drivermon.config import AlertSettings
from drivermon.emotions import Emotion
from drivermon.messages import AlertKind, DriverState, Severity

HeldFor = Callable[[DriverState], float | None]


@dataclass(frozen=True, slots=True)
class Level:
    """From `threshold_s` seconds on, the alert has this severity."""

    threshold_s: float
    severity: Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table.

    Attributes:
        key: of this line, by which an open alert is found again after a restart.
        name: as it stands in the evidence.
        kind: of the alerts it raises.
        held_for: seconds that the condition has held, `None` while it does not.
        detail: which emotion, which cause.
        levels: by rising threshold and severity.
        clear_s: seconds without the condition that clear the alert.

    """

    key: str
    name: str
    kind: AlertKind
    held_for: HeldFor
    detail: Callable[[DriverState], str | None]
    levels: tuple[Level, ...]
    clear_s: float


def rules(settings: AlertSettings) -> tuple[Rule, ...]:
    """Return the rules in force, most urgent first."""
    not_seen = Rule(
        key="not_seen",
        name="not_seen",
        kind=AlertKind.NOT_SEEN,
        held_for=lambda state: None if state.seen else state.not_seen_s,
        detail=lambda _: None,
        levels=(
            Level(settings.not_seen.notice_s, Severity.NOTICE),
            Level(settings.not_seen.warning_s, Severity.WARNING),
        ),
        clear_s=settings.not_seen.clear_s,
    )
    degraded = Rule(
        key="degraded",
        name="degraded",
        kind=AlertKind.DEGRADED,
        held_for=lambda state: None if state.degraded is None else state.degraded_s,
        detail=lambda state: state.degraded,
        levels=(Level(settings.degraded.notice_s, Severity.NOTICE),),
        clear_s=settings.degraded.clear_s,
    )
    emotions = settings.emotion.kinds if settings.emotion.enabled else ()
    return (not_seen, degraded, *(_sustained(emotion, settings) for emotion in emotions))


def _sustained(emotion: Emotion, settings: AlertSettings) -> Rule:
    return Rule(
        key=f"emotion_sustained.{emotion}",
        name="emotion_sustained",
        kind=AlertKind.EMOTION,
        held_for=lambda state: state.emotion_s if state.emotion == emotion else None,
        detail=lambda _: emotion,
        levels=(Level(settings.emotion.sustained_s, Severity.NOTICE),),
        clear_s=settings.emotion.clear_s,
    )
