"""Can the view of the driver be trusted, and if not, why."""

from dataclasses import dataclass

from drivermon.config import QualitySettings
from drivermon.events import Gap, GapCause
from drivermon.memory import STRICT, Remembering
from drivermon.messages import DegradedCause, Observation, PictureQuality

FROZEN_LASTS_S = 0.6
"""A source repeats the word that it is frozen every 0.5 s; a little longer bridges two of them."""

SHOWN_S = 0.5
"""Eyes that flash up for less, between reflections, are still hidden."""


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
    hidden_since: float | None = None
    shown_since: float | None = None


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

    def note_eyes(self, t: float, *, usable: bool) -> None:
        """Take in whether a face that looks ahead showed an eye that can be judged; before `step`."""
        memory = self._memory
        if not usable:
            memory.shown_since = None
            memory.hidden_since = t if memory.hidden_since is None else memory.hidden_since
        elif memory.hidden_since is not None:
            memory.shown_since = t if memory.shown_since is None else memory.shown_since
            if t - memory.shown_since >= SHOWN_S:
                memory.hidden_since = memory.shown_since = None

    def _judge(self, observation: Observation) -> DegradedCause | None:
        memory = self._memory
        if memory.frozen_t is not None and observation.t - memory.frozen_t < FROZEN_LASTS_S:
            return DegradedCause.FROZEN
        if observation.face is not None:
            hidden = (
                memory.hidden_since is not None
                and observation.t - memory.hidden_since >= self._settings.eyes_hidden_s
            )
            return DegradedCause.EYES_HIDDEN if hidden else None
        return None if observation.picture is None else self._judge_picture(observation.picture)

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
