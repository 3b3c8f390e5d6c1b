"""Can the view of the driver be trusted, and if not, why."""

from dataclasses import dataclass

from drivermon.config import QualitySettings
from drivermon.events import Gap, GapCause
from drivermon.memory import STRICT, Remembering
from drivermon.messages import DegradedCause, Observation, PictureQuality

FROZEN_LASTS_S = 0.6
"""A source repeats the word that it is frozen every 0.5 s; a little longer bridges two of them."""


@dataclass(frozen=True, slots=True)
class ViewState:
    """Why the view can't be trusted, `None` when it can, and when it was last good."""

    cause: DegradedCause | None
    good_t: float


@dataclass(slots=True)
class _Memory:
    __pydantic_config__ = STRICT
    cause: DegradedCause | None = None
    good_t: float | None = None
    frozen_t: float | None = None


class View(Remembering[_Memory]):
    """Keeps the cause between events, with hysteresis on the picture's darkness and contrast."""

    def __init__(self, settings: QualitySettings) -> None:
        super().__init__(_Memory())
        self._settings = settings

    def step(self, event: Observation | Gap | None, t: float) -> ViewState:
        """Take in one event at `t` seconds; `None` lets only time go on."""
        cause = self._memory.cause
        if isinstance(event, Gap):
            cause = DegradedCause.from_gap(event.cause)
            if event.cause is GapCause.FROZEN:
                self._memory.frozen_t = t
        elif isinstance(event, Observation):
            cause = self._judge(event)
        self._memory.cause = cause
        if cause is None or self._memory.good_t is None:
            self._memory.good_t = t
        return ViewState(cause, self._memory.good_t)

    def _judge(self, observation: Observation) -> DegradedCause | None:
        if self._memory.frozen_t is not None and observation.t - self._memory.frozen_t < FROZEN_LASTS_S:
            return DegradedCause.FROZEN
        if observation.face is not None or observation.picture is None:
            return None
        return self._judge_picture(observation.picture)

    def _judge_picture(self, picture: PictureQuality) -> DegradedCause | None:
        limits = self._settings
        dark_limit = limits.dark_brightness * (
            limits.leave_ratio if self._memory.cause is DegradedCause.DARK else 1.0
        )
        covered_limit = limits.covered_contrast * (
            limits.leave_ratio if self._memory.cause is DegradedCause.COVERED else 1.0
        )
        if picture.brightness < dark_limit:
            return DegradedCause.DARK
        if picture.contrast < covered_limit:
            return DegradedCause.COVERED
        return None
