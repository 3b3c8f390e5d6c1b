"""What finds the driver's face in one picture after another; behind it a published method and our own."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drivermon.perception.box import Box
from drivermon.perception.head_pose import HeadPose
from drivermon.perception.landmarks import FaceShape


@dataclass(frozen=True, slots=True)
class Measured:
    """What a network measured of a face itself, so that it need not be derived from landmarks.

    Attributes:
        eyes: gap between the lids over the eye's width, of the driver's own left and right eye.
        eyes_visible: 0 to 1, how surely each can be judged, likewise.
        mouth: gap between the inner lips over their width.
        pose: of the head, against the line from the camera to the face.

    """

    eyes: tuple[float, float]
    eyes_visible: tuple[float, float]
    mouth: float
    pose: HeadPose


@dataclass(frozen=True, slots=True)
class FoundFace:
    """The driver's face in one picture.

    Attributes:
        box: from the middle of the forehead to the chin.
        score: higher is surer; its range is that of the method, `None` where nobody searched.
        shape: landmarks, `None` where none fit.
        measured: by the network that found them, `None` from a method that gives landmarks only.

    """

    box: Box
    score: float | None
    shape: FaceShape | None = None
    measured: Measured | None = None


class FaceFinder(Protocol):
    """Finds and follows one face; not for use in two threads at once.

    Attributes:
        digests: SHA-256 of each network in use, by name.

    """

    digests: dict[str, str]

    def find(self, image: NDArray[np.uint8], t: float) -> FoundFace | None:
        """Return the driver's face in a uint8 gray (H, W) or BGR (H, W, 3) picture taken at `t` seconds."""
        ...

    def coasted(self, t: float) -> Box | None:
        """Return where the face is assumed that was not found at `t`, `None` when it is long gone."""
        ...

    def forget(self) -> None:
        """Look for a face anew."""
        ...
