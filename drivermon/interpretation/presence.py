"""Is the driver seen, and if not, for how long.

A view that can't be trusted (camera lost, covered, dark) says nothing about the driver's
presence: it does not start the timer, and it does not stop one that already runs. A face that was
lost only a moment before the view went bad was lost to the same cause.
"""

from dataclasses import dataclass

SAME_CAUSE_S = 1.0
"""A view that goes bad within this time of the last face took the face with it: lenses are covered
and lights go out gradually, and the detector gives up before the picture counts as dark."""


@dataclass(frozen=True, slots=True)
class PresenceState:
    """Whether a face was measured at this instant; seconds without one while the view was good."""

    seen: bool
    not_seen_s: float


class Presence:
    """Keeps since when no face has been measured."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._running = False

    def step(self, t: float, *, seen: bool, view_good: bool) -> PresenceState:
        """Take in one event at `t` seconds."""
        if seen:
            self._since, self._running = t, False
            return PresenceState(seen=True, not_seen_s=0.0)
        if not view_good and self._since is not None and t - self._since < SAME_CAUSE_S:
            self._running = False
        if self._since is None or not (view_good or self._running):
            self._since = t
        self._running = self._running or view_good
        return PresenceState(seen=False, not_seen_s=t - self._since)
