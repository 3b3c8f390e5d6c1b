"""Where the driver looks, by the head: long looks away, repeated glances, and an attention buffer.

Timers of their own: closed eyes neither start nor stop them. A look away that began before the face was
lost keeps its timer; hiding the face never buys a slower one.
"""

from dataclasses import dataclass, field
from typing import Literal

from drivermon.config import DistractionSettings
from drivermon.interpretation.lasting import Lasting, Limits, Span
from drivermon.interpretation.neutral import Turn
from drivermon.interpretation.vehicle import Vehicle
from drivermon.memory import STRICT, Remembering

GATE = 1.0
"""Of `Turn.share`: past it a look is away."""

LINGERS_S = 1.0
"""A head that rests between both levels for so long has been forward since it came there."""

LIDS_DOWN = 1.5
"""Counted for a glance that shows in the lids before the head is far enough down."""

PROLONGED_S = 0.5
"""Eyes closed for longer look nowhere: a chin that sinks then is no look into the lap."""

KEPT_AFTER_S = 0.3
"""A look away must be this old when the face is lost to keep its timer."""

MIRROR_PITCH_DEG = -10.0
"""Mirrors are not below."""

REFILL_AFTER_S = 0.1
"""The buffer fills this long after the eyes are back on the road (AttenD)."""


@dataclass(frozen=True, slots=True)
class DistractionState:
    """The fields of the same names of `DriverState`."""

    attention: Literal["forward", "away"] | None
    away_s: float | None
    glances_s: float | None
    buffer_s: float | None


@dataclass(slots=True)
class _Memory:
    """`counts_from`: when the car last began to move, as far as is known."""

    __pydantic_config__ = STRICT
    look: Lasting = field(default_factory=Lasting)
    known: bool = False
    measured: bool = False
    lost_since: float | None = None
    excused_since: float | None = None
    sideways: bool = False
    counts_from: float = 0.0
    forward_since: float | None = None
    glances: list[tuple[float, float]] = field(default_factory=list)
    buffer_s: float | None = None
    t: float | None = None


class Distraction(Remembering[_Memory]):
    """Takes in turns of the head and tells the state at any time after."""

    def __init__(self, settings: DistractionSettings) -> None:
        super().__init__(_Memory())
        self._settings = settings
        self._limits = Limits(GATE, settings.return_share, settings.return_s, doubt_s=LINGERS_S)

    def take(self, t: float, turn: Turn | None, vehicle: Vehicle, *, glancing: bool, closed_s: float) -> None:
        """Take in how the head is turned, `None` where it can't be told."""
        memory = self._memory
        if turn is None:
            self._lose(t)
        elif closed_s >= PROLONGED_S and memory.look.since is None:
            memory.known = False
            memory.look.last = None
        else:
            self._see(t, turn, vehicle, glancing=glancing)
        self.pass_time(t, vehicle)

    def pass_time(self, t: float, vehicle: Vehicle) -> None:
        """Let time go on to `t`."""
        memory, settings = self._memory, self._settings
        if vehicle.standing or vehicle.reversing:
            memory.counts_from = t
            memory.glances = []
        if memory.forward_since is not None and t - memory.forward_since >= settings.glances_reset_s:
            memory.glances = []
        horizon = t - settings.glances_window_s
        memory.glances = [glance for glance in memory.glances if glance[1] > horizon]
        self._fill(t)

    def at(self, t: float) -> DistractionState:
        """Return the state at `t`, not before what was taken in last."""
        memory = self._memory
        if not memory.measured:
            return DistractionState(None, None, None, None)
        away = memory.look.since is not None
        return DistractionState(
            attention="away" if away else "forward" if memory.known else None,
            away_s=self._away_s(t) if away or memory.known else None,
            glances_s=self._glances_s(t),
            buffer_s=memory.buffer_s,
        )

    def _see(self, t: float, turn: Turn, vehicle: Vehicle, *, glancing: bool) -> None:
        memory = self._memory
        if memory.lost_since is not None:
            memory.look.last = None
            memory.lost_since = None
        memory.known = memory.measured = True
        memory.sideways = turn.pitch > MIRROR_PITCH_DEG
        share = max(turn.share, LIDS_DOWN if glancing else 0.0)
        if self._excused(t, turn, share, vehicle):
            share = 0.0
        ended = memory.look.step(t, share, self._limits)
        if ended is not None:
            self._note_glance(ended)
            memory.forward_since = ended.end
        elif memory.look.since is not None:
            memory.forward_since = memory.look.until
        elif memory.forward_since is None:
            memory.forward_since = t

    def _excused(self, t: float, turn: Turn, share: float, vehicle: Vehicle) -> bool:
        """Whether this is a look to where the car turns, and no longer than such a look may last."""
        memory = self._memory
        side = "left" if turn.yaw > 0 else "right"
        if share <= GATE or vehicle.turning() != side or turn.pitch <= MIRROR_PITCH_DEG:
            memory.excused_since = None
            return False
        if memory.excused_since is None:
            if memory.look.since is not None:
                return False  # it began before, and not for the turn
            memory.excused_since = t
        return t - memory.excused_since <= self._settings.turning_s

    def _lose(self, t: float) -> None:
        memory = self._memory
        memory.known = False
        if memory.lost_since is None:
            memory.lost_since = t
            since = memory.look.since
            kept = since is not None and memory.look.until is None and t - since >= KEPT_AFTER_S
            if not kept:
                memory.look.forget()
            memory.look.last = None
            memory.forward_since = None

    def _away_s(self, t: float) -> float:
        memory = self._memory
        if memory.look.since is None:
            return 0.0
        end = t if memory.look.until is None else memory.look.until
        return max(0.0, end - max(memory.look.since, memory.counts_from))

    def _note_glance(self, glance: Span) -> None:
        start = max(glance.start, self._memory.counts_from)
        if glance.end > start:
            self._memory.glances.append((start, glance.end))

    def _glances_s(self, t: float) -> float:
        """Return the seconds away within the window; one look alone is no repetition."""
        memory = self._memory
        away_s = self._away_s(t)
        if not memory.glances or (len(memory.glances) == 1 and away_s == 0.0):
            return 0.0
        horizon = t - self._settings.glances_window_s
        past_s = sum(end - max(start, horizon) for start, end in memory.glances)
        return past_s + min(away_s, self._settings.glances_window_s)

    def _fill(self, t: float) -> None:
        """Drain the buffer for the time away, fill it for the time forward."""
        memory, settings = self._memory, self._settings
        if not memory.measured:
            return
        if memory.buffer_s is None or memory.t is None:
            memory.buffer_s = settings.buffer_s
        elif memory.look.since is not None and memory.look.until is None:
            spared_s = settings.mirror_s if memory.sideways else 0.0
            away_s = max(0.0, t - max(memory.t, memory.look.since + spared_s))
            memory.buffer_s = max(0.0, memory.buffer_s - away_s)
        elif memory.forward_since is not None:
            forward_s = max(0.0, t - max(memory.t, memory.forward_since + REFILL_AFTER_S))
            memory.buffer_s = min(settings.buffer_s, memory.buffer_s + forward_s)
        memory.t = t
