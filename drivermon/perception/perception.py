"""What one picture shows, in process: arrays and pixels, before it becomes an `Observation`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivermon.messages import Eyes, FaceMeasurement, Observation, PictureQuality, Pose, Probabilities
from drivermon.perception.box import Box
from drivermon.perception.head_pose import HeadPose
from drivermon.perception.landmarks import FaceShape


@dataclass(frozen=True, slots=True)
class Face:
    """A face, measured; a thing that could not be measured is `None`.

    Attributes:
        box: from the middle of the forehead to the chin, in pixels of the picture.
        score: of the detector; `None` where none was run.
        shape: landmarks; `None` where none fit, and with it everything below.
        chip: uint8 (S, S, C), aligned for the emotion network.
        eyes: lid aperture of the driver's own left and right eye; from landmarks their aspect ratio.
        eyes_visible: 0 to 1, how surely each can be judged; `None` from a method that can't tell.
        mouth: inner-lip opening over inner-lip width.
        pose: against the camera's axis.
        probabilities: float32 (7,) in the order of `EMOTIONS`.

    """

    box: Box
    score: float | None
    shape: FaceShape | None = None
    chip: NDArray[np.uint8] | None = None
    eyes: tuple[float | None, float | None] | None = None
    eyes_visible: tuple[float, float] | None = None
    mouth: float | None = None
    pose: HeadPose | None = None
    probabilities: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Perception:
    """What one frame shows of the driver.

    Attributes:
        t: capture time in seconds.
        index: running number of the frame.
        face: the driver's face, measured in this very frame, or `None`.
        track: where a face is assumed that was not measured in this frame, or `None`.
        picture: quality of the whole picture.

    """

    t: float
    index: int
    face: Face | None
    track: Box | None
    picture: PictureQuality


def to_observation(perception: Perception) -> Observation:
    """Return the numbers of a perception as they go on the wire, rounded."""
    return Observation(
        t=perception.t,
        index=perception.index,
        face=None if perception.face is None else to_measurement(perception.face),
        track=perception.track,
        picture=perception.picture,
    )


def to_measurement(face: Face) -> FaceMeasurement:
    """Return the numbers of a face as they go on the wire, rounded."""
    return FaceMeasurement(
        box=face.box,
        score=face.score,
        scheme=None if face.shape is None else face.shape.scheme,
        eyes=_to_eyes(face.eyes),
        eyes_visible=_to_eyes(face.eyes_visible),
        mouth=face.mouth,
        pose=_to_pose(face.pose),
        probabilities=None
        if face.probabilities is None
        else Probabilities.from_vector(face.probabilities.tolist()),
    )


def _to_eyes(eyes: tuple[float | None, float | None] | None) -> Eyes | None:
    return None if eyes is None else Eyes(left=eyes[0], right=eyes[1])


def _to_pose(pose: HeadPose | None) -> Pose | None:
    if pose is None:
        return None
    return Pose(yaw=pose.yaw_deg, pitch=pose.pitch_deg, roll=pose.roll_deg)
