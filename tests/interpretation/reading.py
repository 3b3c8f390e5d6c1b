"""Small drives of faces with eyes, mouth and pose, and what interpretation makes of them."""

from collections.abc import Iterable, Iterator

from drivermon.config import Settings
from drivermon.interpretation import Interpreter
from drivermon.messages import DriverState, Eyes, FaceMeasurement, Observation, Observed, Pose
from drivermon.simulation.play import NOISELESS, MeasurementNoise, parse_script, play_observations
from tests.drives import GOOD_PICTURE

OPEN, SHUT = 0.285, 0.03


def face(
    t: float,
    openness: float = 1.0,
    yaw: float = 0.0,
    pitch: float = 0.0,
    mouth: float | None = 0.02,
    visible: float = 0.97,
    scheme: str = "follower",
) -> Observation:
    """A face, its lids open by a share of an average eye's opening."""
    aperture = SHUT + openness * (OPEN - SHUT)
    return Observation(
        t=t,
        index=0,
        face=FaceMeasurement(
            box=(200, 120, 160, 160),
            scheme=scheme,
            eyes=Eyes(left=aperture, right=aperture),
            eyes_visible=Eyes(left=visible, right=visible),
            mouth=mouth,
            pose=Pose(yaw=yaw, pitch=pitch, roll=0.0),
        ),
        picture=GOOD_PICTURE,
    )


def states(events: Iterable[Observed]) -> list[DriverState]:
    """Interpret a whole drive."""
    interpreter = Interpreter(Settings())
    return [interpreter.step(event) for event in events]


def played(lines: str, fps: float = 30, noise: MeasurementNoise = NOISELESS) -> Iterator[Observed]:
    """A script of which only the timed lines and settings matter; without habits of the driver."""
    return play_observations(parse_script("still\n" + lines), fps, noise)


def at(found: list[DriverState], t: float) -> DriverState:
    """The first state from `t` on."""
    return next(state for state in found if state.t >= t - 1e-9)
