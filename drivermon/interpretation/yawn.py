"""Yawns: a mouth held wide open for longer than a syllable, a laugh or a bite."""

from dataclasses import dataclass, field

from drivermon.config import DrowsinessSettings
from drivermon.interpretation.lasting import Lasting, Limits
from drivermon.interpretation.priors import Prior
from drivermon.memory import STRICT, Remembering

DIP_S = 0.5
"""A mouth that is less open for a shorter time is the same yawn."""

HIDDEN_S = 1.5
"""A hand before the mouth ends no yawn at once."""

YAWNS_KEPT = 100


@dataclass(slots=True)
class _Memory:
    __pydantic_config__ = STRICT
    mouth: Lasting = field(default_factory=Lasting)
    counted: bool = False
    hidden_since: float | None = None
    count: int | None = None
    times: list[float] = field(default_factory=list)


class Yawns(Remembering[_Memory]):
    """Counts them, one each."""

    def __init__(self, settings: DrowsinessSettings) -> None:
        super().__init__(_Memory())
        self._settings = settings

    @property
    def count(self) -> int | None:
        """Since start, `None` before a mouth was measured."""
        return self._memory.count

    @property
    def going_on(self) -> bool | None:
        """Whether one goes on, `None` while the mouth can't be seen."""
        if self._memory.count is None or (self._memory.hidden_since is not None and not self._memory.counted):
            return None
        return self._memory.counted

    def recent(self, t: float) -> int | None:
        """Return how many there were lately."""
        if self._memory.count is None:
            return None
        return sum(then > t - self._settings.recent_yawns_s for then in self._memory.times)

    def see(self, t: float, lips: float, prior: Prior) -> None:
        """Take in a mouth: its inner-lip ratio over the resting one."""
        memory = self._memory
        memory.hidden_since = None
        memory.count = memory.count or 0
        memory.mouth.step(t, lips, Limits(prior.yawning, prior.yawn_over, DIP_S))
        if memory.mouth.since is None:
            memory.counted = False
        elif not memory.counted and memory.mouth.held_s(t) >= self._settings.yawn_s:
            memory.counted = True
            memory.count += 1
            memory.times = [*memory.times, t][-YAWNS_KEPT:]

    def lose(self, t: float) -> None:
        """Note that no mouth is seen at `t`."""
        memory = self._memory
        if memory.hidden_since is None:
            memory.hidden_since = t
        elif t - memory.hidden_since > HIDDEN_S:
            memory.mouth = Lasting()
            memory.counted = False
