"""Which driver states go out: every change at once, the rest at 5 Hz. No clock of its own."""

from typing import Final

from drivermon.messages import DriverState, Probabilities

PERIOD_S: Final = 0.2
"""Between states in which nothing but measured quantities moved."""

GRACE_S: Final = 0.05
"""For which a fresh state is awaited before the last one is repeated."""

EARLY_S: Final = 0.01
"""A fresh state that is early by no more than this is taken for the one that is due."""

STALE_S: Final = 2.0
"""A source says something at least every 0.5 s: a state that is older is no news and isn't repeated."""


class StateCadence:
    """Fed with every state; says when which one is to be published. All times are monotonic seconds."""

    def __init__(self) -> None:
        self._last: DriverState | None = None
        self._offered_at = 0.0
        self._discrete: list[object] = []
        self._due = 0.0

    def offer(self, state: DriverState, now: float) -> bool:
        """Take in the newest state; return whether it is to be published at once."""
        discrete = _discrete(state)
        changed = self._last is None or discrete != self._discrete
        self._last, self._discrete, self._offered_at = state, discrete, now
        if changed:
            self._due = now + PERIOD_S
        return changed or self._tick(now)

    def repeat(self, now: float) -> DriverState | None:
        """Return the last state if it is to be published again because no fresh one came in time."""
        if self._last is None or now < self._due + GRACE_S or now - self._offered_at > STALE_S:
            return None
        self._tick(now)
        return self._last

    def wait_s(self, now: float) -> float | None:
        """Return the seconds until `repeat` is to be asked, `None` when there is nothing to repeat."""
        if self._last is None or self._due + GRACE_S - self._offered_at > STALE_S:
            return None
        return max(0.0, self._due + GRACE_S - now)

    def _tick(self, now: float) -> bool:
        if now < self._due - EARLY_S:
            return False
        # a late one does not shift the beat, so that the rate stays 5 Hz at any frame rate
        self._due += PERIOD_S
        if self._due <= now:
            self._due = now + PERIOD_S
        return True


def _discrete(state: DriverState) -> list[object]:
    """Return the part of a state that does not move with every frame."""
    values = (getattr(state, name) for name in DriverState.model_fields)
    return [None if isinstance(value, float | Probabilities) else value for value in values]
