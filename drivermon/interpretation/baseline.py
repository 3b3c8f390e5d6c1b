"""What is normal for this driver, and each face measured against it.

Learned from the drive itself, from open eyes and a head ahead only: shut eyes and a look into the lap
are never taught as normal. Until it is ready the population's levels hold, and the more harmless reading
of the head.
"""

from dataclasses import dataclass, field
from typing import Literal

from drivermon.config import BaselineSettings, DistractionSettings
from drivermon.interpretation.lids import Lids
from drivermon.interpretation.neutral import Neutral, Turn
from drivermon.interpretation.priors import Prior, prior_of
from drivermon.interpretation.quantile import Histogram
from drivermon.memory import STRICT, Remembering
from drivermon.messages import FaceMeasurement

LONGEST_STEP_S = 0.5
"""A frame stands for the time since the one before, at most for this long."""

SETTLES_EVERY_S = 0.5
WIDEST_MOUTH = 1.28
RESTING_QUANTILE = 0.3
RESTING_MOST = 0.2
"""An inner-lip ratio above is no mouth at rest: a driver who sings all the way does not teach it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One face against the driver's own normal; a part that was not seen is `None`.

    Attributes:
        prior: of the scheme that measured it.
        judged: whether eyes were measured and could be read at this turn of the head, usable or not.
        openness: of the eyes that can be judged, 0 to 1.
        turn: of the head.
        pitch: degrees up against the camera.
        lips: inner-lip ratio over the resting one.

    """

    prior: Prior
    judged: bool
    openness: float | None
    turn: Turn | None
    pitch: float | None
    lips: float | None


@dataclass(slots=True)
class _Memory:
    __pydantic_config__ = STRICT
    scheme: str | None = None
    t: float | None = None
    settled_t: float = 0.0
    eyes_measured: bool = False
    pose_measured: bool = False
    lids: Lids = field(default_factory=Lids)
    neutral: Neutral = field(default_factory=Neutral)
    mouth: Histogram = field(default_factory=Histogram)
    resting: float = 0.0


class Baseline(Remembering[_Memory]):
    """Reads faces and learns from them."""

    def __init__(self, settings: BaselineSettings, gates: DistractionSettings, visible: float) -> None:
        """Take what may be learned, when a look is away, and how surely an eye must be seen."""
        super().__init__(_Memory())
        self._settings = settings
        self._gates = gates
        self._visible = visible

    @property
    def stage(self) -> Literal["learning", "ready"] | None:
        """Whether this driver's normal is known; `None` while nothing was measured that it is made of."""
        memory = self._memory
        if not (memory.eyes_measured or memory.pose_measured):
            return None
        known = (memory.lids.open is not None or not memory.eyes_measured) and (
            memory.neutral.ready(self._settings) or not memory.pose_measured
        )
        return "ready" if known else "learning"

    def forget(self) -> None:
        """Begin anew, with another driver."""
        self._memory = _Memory()

    def read(self, t: float, face: FaceMeasurement, *, driving: bool = True) -> Reading:
        """Return a face at `t` seconds against the driver's own normal, and learn from it.

        Who does not drive may look anywhere, and teaches nothing about straight ahead.
        """
        memory = self._memory
        if face.scheme != memory.scheme:
            self._memory = memory = _Memory(scheme=face.scheme)
        prior = prior_of(face.scheme)
        pose = face.pose
        turn = None if pose is None else memory.neutral.turn(pose, self._settings, self._gates)
        judged = face.eyes is not None and _readable(turn, prior)
        aperture = self._aperture(face) if judged else None
        reading = Reading(
            prior=prior,
            judged=judged,
            openness=None if aperture is None else memory.lids.openness(aperture, prior),
            turn=turn,
            pitch=None if pose is None else pose.pitch,
            lips=None if face.mouth is None else face.mouth - memory.resting,
        )
        self._learn(t, face, aperture, turn, prior, driving=driving)
        return reading

    def _aperture(self, face: FaceMeasurement) -> float | None:
        """Mean of the eyes that can be judged: one of them shut is a wink, and no closure."""
        if face.eyes is None:
            return None
        eyes = (face.eyes.left, face.eyes.right)
        if face.eyes_visible is not None:
            sure = (face.eyes_visible.left or 0.0, face.eyes_visible.right or 0.0)
            eyes = tuple(eye if one >= self._visible else None for eye, one in zip(eyes, sure, strict=True))  # type: ignore[assignment]
        usable = [eye for eye in eyes if eye is not None]
        return sum(usable) / len(usable) if usable else None

    def _learn(
        self,
        t: float,
        face: FaceMeasurement,
        aperture: float | None,
        turn: Turn | None,
        prior: Prior,
        *,
        driving: bool,
    ) -> None:
        memory, settings = self._memory, self._settings
        dt_s = 0.0 if memory.t is None else min(t - memory.t, LONGEST_STEP_S)
        memory.t = t
        memory.eyes_measured = memory.eyes_measured or aperture is not None
        memory.pose_measured = memory.pose_measured or face.pose is not None
        if face.pose is not None and turn is not None and driving:
            memory.neutral.learn(dt_s, face.pose, turn, settings)
        if aperture is not None and (turn is None or turn.share < 1.0):
            memory.lids.learn(t, dt_s, aperture, prior)
        if face.mouth is not None:
            memory.mouth.add(face.mouth / WIDEST_MOUTH, dt_s)
        if t - memory.settled_t >= SETTLES_EVERY_S:
            memory.settled_t = t
            memory.lids.settle(prior, settings)
            memory.neutral.settle()
            resting = (memory.mouth.quantile(RESTING_QUANTILE) or 0.0) * WIDEST_MOUTH
            memory.resting = min(RESTING_MOST, resting)


def _readable(turn: Turn | None, prior: Prior) -> bool:
    return turn is None or max(abs(turn.yaw), abs(turn.pitch)) <= prior.judged_to_deg
