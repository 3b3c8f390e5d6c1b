"""Eyes and yawns over time: closures, blinks, PERCLOS. Each has a timer of its own."""

from dataclasses import dataclass, field
from typing import Any

from drivermon.config import DrowsinessSettings
from drivermon.interpretation.baseline import Reading
from drivermon.interpretation.closure import Closure
from drivermon.interpretation.lasting import Span
from drivermon.interpretation.perclos import Perclos
from drivermon.interpretation.priors import FOLLOWER
from drivermon.interpretation.yawn import Yawns
from drivermon.memory import STRICT, Remembering, State, part

LONGEST_INTERVAL_S = 0.5
"""Between frames with eyes that are further apart nothing was seen."""

STEADY_S = 1.0
"""Eyes are usable once they have been judged for so long: a face that comes back may still be turning."""


@dataclass(frozen=True, slots=True)
class DrowsinessState:
    """The fields of the same names of `DriverState`."""

    eyes_usable: bool | None
    eyes_closed_s: float | None
    perclos_60: float | None
    perclos_180: float | None
    yawning: bool | None
    yawns: int | None
    recent_yawns: int | None
    blinks: int | None


@dataclass(slots=True)
class _Memory:
    __pydantic_config__ = STRICT
    judged_t: float | None = None
    seen_since: float = 0.0
    usable: bool | None = None
    blinks: int | None = None
    kept_after_s: float = FOLLOWER.kept_after_s
    perclos: Perclos = field(default_factory=Perclos)


class Drowsiness(Remembering[_Memory]):
    """Takes in readings and tells the state at any time after."""

    def __init__(self, settings: DrowsinessSettings) -> None:
        super().__init__(_Memory())
        self._settings = settings
        self._closure = Closure(settings)
        self._yawns = Yawns(settings)

    @property
    def glancing(self) -> bool:
        """Whether the lids are down because the head is."""
        return self._closure.glancing

    def doubted(self, t: float) -> bool:
        """Whether closed eyes may be a lens."""
        return self._closure.doubted(t)

    def closed_s(self, t: float) -> float:
        """Return how long the eyes have been closed, as far as can be told."""
        return self._closure.closed_s(t) or 0.0

    def state(self) -> State:
        """Return what all parts remember."""
        return {
            "last": super().state(),
            "closure": self._closure.state(),
            "yawns": self._yawns.state(),
        }

    def restore(self, state: Any) -> None:
        """Take up what `state` returned.

        Raises:
            RestoreError: it is not one of this version; some parts may have been restored.

        """
        super().restore(part(state, "last"))
        self._closure.restore(part(state, "closure"))
        self._yawns.restore(part(state, "yawns"))

    def take(self, t: float, reading: Reading | None) -> None:
        """Take in a face, or that there is none."""
        memory = self._memory
        if reading is not None:
            memory.kept_after_s = reading.prior.kept_after_s
        if reading is None or reading.lips is None:
            self._yawns.lose(t)
        else:
            self._yawns.see(t, reading.lips, reading.prior)
        if reading is None or reading.openness is None:
            ahead = reading is not None and (reading.turn is None or reading.turn.share < 1.0)
            hidden = reading is not None and reading.judged and ahead
            self._closure.lose(t, memory.kept_after_s, hidden=hidden)
            memory.usable = False if reading is not None and reading.judged else None
        else:
            self._see(t, reading.openness, reading.pitch)

    def at(self, t: float) -> DrowsinessState:
        """Return the state at `t`, not before what was taken in last."""
        memory, yawns = self._memory, self._yawns
        return DrowsinessState(
            eyes_usable=memory.usable,
            eyes_closed_s=self._closure.closed_s(t),
            perclos_60=memory.perclos.share(t, 60.0),
            perclos_180=memory.perclos.share(t, 180.0),
            yawning=yawns.going_on,
            yawns=yawns.count,
            recent_yawns=yawns.recent(t),
            blinks=memory.blinks,
        )

    def _see(self, t: float, openness: float, pitch: float | None) -> None:
        memory, settings = self._memory, self._settings
        ended = self._closure.see(t, openness, pitch)
        if memory.judged_t is None or t - memory.judged_t > LONGEST_INTERVAL_S:
            memory.seen_since = t
        elif not (self.glancing or self.doubted(t)):
            memory.perclos.see(Span(memory.judged_t, t))
        self._count_closed(t, ended)
        if self._closure.finely_seen(settings.blink_fps):
            memory.blinks = memory.blinks or 0
            if ended is not None and ended.length_s < settings.blink_most_s:
                memory.blinks += 1
        memory.judged_t, memory.usable = t, t - memory.seen_since >= STEADY_S

    def _count_closed(self, t: float, ended: Span | None) -> None:
        memory = self._memory
        seen = ended or self._closure.seen_closed(t)
        if seen is not None:
            # what was out of sight counts for the timer, not for the share
            start = max(seen.start, memory.seen_since)
            memory.perclos.close(Span(min(start, seen.end), seen.end), self._settings.perclos_least_s)
