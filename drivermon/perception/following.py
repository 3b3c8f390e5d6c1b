"""From frame to frame: find a face, follow it, notice when it is lost, and look again.

The detector runs to acquire, while the face is lost, and a few times a second as a check; in between
the follower alone. All rules run on capture time.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from drivermon.perception.box import Box, iou
from drivermon.perception.detector import Detection, FaceDetector
from drivermon.perception.follower import FaceFollower, FollowedFace
from drivermon.perception.landmarks import HOG_ABOVE, HOG_ACROSS, HOG_DOWN, square_of_points

PRESENT = 0.5
"""From this score on the crop holds a face."""

CHECK_EVERY_S = 0.33
"""So often the detector is asked whether the face is where the follower thinks."""

SAME_IOU = 0.25
"""Squares of detector and follower that overlap less are not of the same face."""

DOUBTED_BELOW = 0.9
"""When the detector sees no face where the follower follows one that scores less than this, it is lost."""

SMALLEST_PX = 16.0


class FaceFollowing:
    """The one face that is followed."""

    def __init__(
        self,
        detector: FaceDetector,
        follower: FaceFollower,
        choose: Callable[[list[Detection]], Detection | None] | None = None,
    ) -> None:
        """Take the networks.

        Args:
            detector: finds faces.
            follower: measures one.
            choose: the driver's face among several; the largest one without it.

        """
        self._detector, self._follower = detector, follower
        self._choose = choose or _largest
        self.forget()

    def forget(self) -> None:
        """Look for a face anew."""
        self._last: FollowedFace | None = None
        self._checked_at = -math.inf

    def step(self, image: NDArray[np.uint8], t: float) -> FollowedFace | None:
        """Return the face in a uint8 gray (H, W) or BGR (H, W, 3) picture taken at `t` seconds."""
        face = None if self._last is None else self._followed(image, self._last)
        if face is None or not 0.0 <= t - self._checked_at < CHECK_EVERY_S:
            face = self._checked(image, face)
            self._checked_at = t
        self._last = face
        return face

    def _followed(self, image: NDArray[np.uint8], last: FollowedFace) -> FollowedFace | None:
        face = self._follower.follow(image, last.crop)
        return face if _is_face(face, image.shape) else None

    def _checked(self, image: NDArray[np.uint8], face: FollowedFace | None) -> FollowedFace | None:
        """Return the face, or the one that the detector finds in its place."""
        found = self._detector.search(image)
        if face is not None:
            square = square_of_points(face.points)
            if any(iou(square, one.box) >= SAME_IOU for one in found):
                return face
            if not found and face.present >= DOUBTED_BELOW:
                return face
        chosen = self._choose(found)
        if chosen is None:
            return None
        acquired = self._follower.acquire(image, _rectangle(chosen.box))
        return acquired if _is_face(acquired, image.shape) else None


def _is_face(face: FollowedFace, shape: tuple[int, ...]) -> bool:
    crop = face.crop
    x, y = crop.center
    inside = 0 <= x < shape[1] and 0 <= y < shape[0]
    return face.present >= PRESENT and inside and SMALLEST_PX < crop.side_px < 2 * max(shape[:2])


def _largest(found: list[Detection]) -> Detection | None:
    return max(found, key=lambda face: face.box.side, default=None)


def _rectangle(square: Box) -> Box:
    """Return the rectangle round the 68 points of a face in a HOG square."""
    x, y = square.center
    width, height = HOG_ACROSS * square.side, HOG_DOWN * square.side
    return Box(x - width / 2, y + HOG_ABOVE * square.side - height / 2, width, height)
