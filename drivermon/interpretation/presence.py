"""Is the driver seen, and if not, for how long.

A view that can't be trusted (camera lost, covered, dark) says nothing about the driver's
presence: it does not start the timer, and it does not stop one that already runs. A face that was
lost only a moment before the view went bad was lost to the same cause.
"""

from dataclasses import dataclass

from drivermon.memory import STRICT, Remembering

SAME_CAUSE_S = 1.0
"""A view that goes bad within this time of the last face took the face with it: lenses are covered
and lights go out gradually, and the detector gives up before the picture counts as dark."""


@dataclass(frozen=True, slots=True)
class PresenceState:
    """Whether a face was measured at this instant; seconds without one while the view was good."""

    seen: bool
    not_seen_s: float


@dataclass(slots=True)
class _Memory:
    __pydantic_config__ = STRICT
    since: float | None = None
    running: bool = False


class Presence(Remembering[_Memory]):
    """Keeps since when no face has been measured."""

    def __init__(self) -> None:
        super().__init__(_Memory())

    def step(self, t: float, *, seen: bool, view_good: bool) -> PresenceState:
        """Take in one event at `t` seconds."""
        memory = self._memory
        if seen:
            memory.since, memory.running = t, False
            return PresenceState(seen=True, not_seen_s=0.0)
        if not view_good and memory.since is not None and t - memory.since < SAME_CAUSE_S:
            memory.running = False
        if memory.since is None or not (view_good or memory.running):
            memory.since = t
        memory.running = memory.running or view_good
        return PresenceState(seen=False, not_seen_s=t - memory.since)
