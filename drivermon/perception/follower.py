"""Follows one face: from where it was in the last picture to everything about it in this one.

One small network sees the upright crop that the last points give. What it knows beside the points is
measured, not derived from them: how far lids and lips are apart, where the head points, whether an
eye can be judged at all, and whether there is a face in the crop.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivermon.config import RuntimeSettings
from drivermon.perception.box import Box
from drivermon.perception.face_crop import MARGIN, FaceCrop, crop_round
from drivermon.perception.face_network import open_face_network, refusal
from drivermon.perception.head_pose import HeadPose
from drivermon.perception.head_rotation import tilt_deg, turned

KIND = "face_follower"
OUTPUTS = ("points", "aperture", "visible", "mouth", "pose", "present")
POINTS = 68


@dataclass(frozen=True, slots=True)
class EyeSeen:
    """One eye.

    Attributes:
        aperture: gap between the lids over the eye's width: 0 shut, about 0.3 open.
        visible: 0 to 1 that it can be judged; low behind glare, dark glasses or a hand, out of the
            picture, and for the far eye of a profile. What `aperture` says of such an eye is worth nothing.

    """

    aperture: float
    visible: float


@dataclass(frozen=True, slots=True)
class FollowedFace:
    """What the network saw in one crop.

    Attributes:
        points: (68, 2) in the order of the 68-point scheme, pixels of the picture, whole numbers at centres.
        right_eye: the driver's own.
        left_eye: likewise.
        mouth: gap between the inner lips over their width: 0 shut, above 0.6 in a yawn.
        pose: of the head, against the line from the camera through the face: 0, 0, 0 looks into the lens.
        present: 0 to 1 that the crop holds a whole face.
        crop: where to look for the face in the next picture.

    """

    points: NDArray[np.float32]
    right_eye: EyeSeen
    left_eye: EyeSeen
    mouth: float
    pose: HeadPose
    present: float
    crop: FaceCrop


class FaceFollower:
    """An open follower network, warmed up.

    Attributes:
        digest: SHA-256 of its file.
        providers: execution providers really in use, the first one runs it.
        size_px: side of the crop it takes.

    """

    def __init__(self, path: Path, settings: RuntimeSettings) -> None:
        """Open the network at `path` and run it once.

        Raises:
            NetworkError: missing or corrupt file, no follower, or outputs of another shape.
            InstallationError: no usable ONNX Runtime or execution provider.

        """
        self._network = open_face_network(path, settings, KIND, OUTPUTS)
        self.digest, self.providers = self._network.digest, self._network.providers
        geometry = self._network.geometry
        if set(geometry) != {"size_px", "margin"} or geometry["margin"] != MARGIN:
            raise refusal(path, f"its crops are {dict(geometry)}, not of margin {MARGIN}")
        self.size_px = int(geometry["size_px"])
        crop = np.zeros((1, self.size_px, self.size_px, 1), np.uint8)
        shapes = [result.shape for result in self._network.run(crop)]
        if shapes != [(1, POINTS, 2), (1, 2), (1, 2), (1,), (1, 3), (1,)]:
            raise refusal(path, f"its outputs have the shapes {shapes}")

    def follow(self, image: NDArray[np.uint8], crop: FaceCrop) -> FollowedFace:
        """Measure what is in one crop of a uint8 gray (H, W) or BGR (H, W, 3) picture.

        Raises:
            NetworkError: the network gives something that is not finite.

        """
        seen = crop.cut(image, self.size_px)
        results = self._network.run(seen[np.newaxis, :, :, np.newaxis])
        points, aperture, visible, mouth, pose, present = (result[0] for result in results)
        eyes = [EyeSeen(float(a), float(v)) for a, v in zip(aperture, visible, strict=True)]
        placed = crop.to_picture(points, self.size_px).astype(np.float32)
        head = turned(HeadPose(*(float(angle) for angle in pose)), crop.roll_deg)
        return FollowedFace(
            points=placed,
            right_eye=eyes[0],
            left_eye=eyes[1],
            mouth=float(mouth),
            pose=head,
            present=float(present),
            crop=crop_round(placed, tilt_deg(head)),
        )

    def acquire(self, image: NDArray[np.uint8], face: Box) -> FollowedFace:
        """Measure a face that a detector has just found, twice: the second look is upright and centred.

        Args:
            image: uint8 gray (H, W) or BGR (H, W, 3).
            face: rectangle from the brows to the chin.

        """
        first = FaceCrop(face.center, max(face.width, face.height) * MARGIN)
        return self.follow(image, self.follow(image, first).crop)
