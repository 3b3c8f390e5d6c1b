"""Where the driver's own straight ahead is: cameras stand off the axis, and postures differ."""

from dataclasses import dataclass, field, replace

from drivermon.config import BaselineSettings, DistractionSettings
from drivermon.interpretation.quantile import Histogram
from drivermon.memory import STRICT
from drivermon.messages import Pose

WIDEST_DEG = 64.0

PROVISIONAL_S = 1.0
"""So much must have been seen before anything counts as straight ahead."""

LOOK_S = 6.0
"""For so long a look away teaches nothing: twice a distraction, so that one in the first seconds of a drive
is not taken for straight ahead. Who holds a pose for longer sits like that."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The head against the driver's own straight ahead.

    Attributes:
        yaw: degrees to the own left.
        pitch: degrees up.
        share: of the angle at which a look is away, the larger of yaw's and pitch's; 1 at the gate.

    """

    yaw: float
    pitch: float
    share: float


@dataclass(slots=True)
class Neutral:
    """The median pose, numbers to be kept.

    Attributes:
        yaws: seconds spent at each.
        pitches: likewise.
        yaw: learned, degrees, `None` before it is known.
        pitch: likewise.
        away_s: how long the look has lasted that goes on.

    """

    __pydantic_config__ = STRICT
    yaws: Histogram = field(default_factory=Histogram)
    pitches: Histogram = field(default_factory=Histogram)
    yaw: float | None = None
    pitch: float | None = None
    away_s: float = 0.0

    def learn(self, dt_s: float, pose: Pose, turn: Turn, settings: BaselineSettings) -> None:
        """Learn from a pose that can be one of a driver who looks ahead: not into the lap or back.

        `turn` is what `turn` returned for it.
        """
        self.away_s = self.away_s + dt_s if turn.share >= 1.0 else 0.0
        if self.yaw is not None and 0.0 < self.away_s <= LOOK_S:
            return
        if _may_be_ahead(pose, settings):
            self.yaws.add(_to_share(pose.yaw), dt_s)
            self.pitches.add(_to_share(pose.pitch), dt_s)

    def settle(self) -> None:
        """Take over what was learned."""
        yaw, pitch = self.yaws.quantile(0.5), self.pitches.quantile(0.5)
        if self.yaws.total_s >= PROVISIONAL_S and yaw is not None and pitch is not None:
            self.yaw, self.pitch = _to_degrees(yaw), _to_degrees(pitch)

    def ready(self, settings: BaselineSettings) -> bool:
        """Whether it has been learned for long enough."""
        return self.yaws.total_s >= settings.learn_s

    def turn(self, pose: Pose, settings: BaselineSettings, gates: DistractionSettings) -> Turn:
        """Return how the head is turned; until ready the more harmless of both readings counts.

        That is: against what was learned so far and against the camera. Before anything was learned no pose
        is away that may be straight ahead.
        """
        against_camera = _turn(pose.yaw, pose.pitch, gates)
        if self.yaw is None or self.pitch is None:
            return replace(against_camera, share=0.0) if _may_be_ahead(pose, settings) else against_camera
        own = _turn(pose.yaw - self.yaw, pose.pitch - self.pitch, gates)
        return own if self.ready(settings) else min(own, against_camera, key=lambda turn: turn.share)


def _may_be_ahead(pose: Pose, settings: BaselineSettings) -> bool:
    return abs(pose.yaw) <= settings.yaw_deg and -settings.down_deg <= pose.pitch <= settings.up_deg


def _turn(yaw: float, pitch: float, gates: DistractionSettings) -> Turn:
    return Turn(yaw, pitch, max(abs(yaw) / gates.yaw_deg, abs(pitch) / gates.pitch_deg))


def _to_share(degrees: float) -> float:
    return (degrees + WIDEST_DEG) / (2 * WIDEST_DEG)


def _to_degrees(share: float) -> float:
    return share * 2 * WIDEST_DEG - WIDEST_DEG
