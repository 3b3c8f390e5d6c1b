"""A drive through the corridor, kept as what was told and how the state went."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from drivermon.errors import SourceError
from drivermon.evaluation.matching import Signal
from drivermon.evaluation.topics import YAWN
from drivermon.messages import Alert, AlertEvent, AlertKind, DriverState

STEP_S = 0.1
"""Moments of the state are kept this far apart: enough to draw, little for an hour."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What of the state is drawn; units as in `DriverState`."""

    t: float
    seen: bool
    degraded: str | None
    eyes_closed_s: float | None
    away_s: float | None
    yawning: bool | None
    perclos_60: float | None
    speed_kmh: float | None
    standing: bool | None


@dataclass(frozen=True, slots=True)
class Watched:
    """A drive from `start_s` to `end_s`, its signals and its state about every `STEP_S`."""

    name: str
    start_s: float
    end_s: float
    signals: tuple[Signal, ...]
    moments: tuple[Moment, ...]

    @property
    def duration_s(self) -> float:
        """Time that was judged."""
        return self.end_s - self.start_s

    def kmh(self, t: float) -> float | None:
        """Return the speed at `t`, -1 for a car that stands, `None` when unknown."""
        before = bisect_right(self.moments, t + 1e-9, key=lambda moment: moment.t)
        moment = self.moments[max(0, before - 1)]
        return -1.0 if moment.standing else moment.speed_kmh


def watch(
    name: str,
    judged: Iterable[tuple[DriverState, tuple[Alert, ...]]],
    progress: Callable[[float], None] = lambda _: None,
) -> Watched:
    """Keep what the corridor says about a drive.

    Args:
        name: of the drive.
        judged: the state after each event and the alerts it caused, in order; at least one.
        progress: called with the time of each event.

    Raises:
        SourceError: there was no event.

    """
    signals: dict[int, Signal] = {}
    yawns: list[Signal] = []
    moments: list[Moment] = []
    state: DriverState | None = None
    for state, alerts in judged:
        for alert in alerts:
            _note(signals, alert)
        yawns += [Signal(YAWN, None, state.t, state.t)] * ((state.yawns or 0) - len(yawns))
        if not moments or state.t - moments[-1].t >= STEP_S - 1e-9:
            moments.append(_moment(state))
        progress(state.t)
    if state is None:
        raise SourceError(f"{name}: holds no frame, gap or signal; nothing to evaluate")
    ended = [one if one.end_s < float("inf") else replace(one, end_s=state.t) for one in signals.values()]
    told = tuple(sorted([*ended, *yawns], key=lambda one: (one.t, one.kind)))
    return Watched(name, moments[0].t, state.t, told, tuple(moments))


def _note(signals: dict[int, Signal], alert: Alert) -> None:
    if alert.event is AlertEvent.RAISED:
        kind = f"emotion {alert.evidence.detail}" if alert.kind is AlertKind.EMOTION else alert.kind.value
        signals[alert.id] = Signal(kind, alert.severity.value, alert.t, float("inf"))
    elif alert.event is AlertEvent.ESCALATED:
        signals[alert.id] = replace(signals[alert.id], severity=alert.severity.value)
    else:
        signals[alert.id] = replace(signals[alert.id], end_s=alert.t)


def _moment(state: DriverState) -> Moment:
    return Moment(
        t=state.t,
        seen=state.seen,
        degraded=state.degraded,
        eyes_closed_s=state.eyes_closed_s,
        away_s=state.away_s,
        yawning=state.yawning,
        perclos_60=state.perclos_60,
        speed_kmh=state.speed_kmh,
        standing=state.standing,
    )
