"""Our own method: a network follows the face, a detector acquires it and is asked a few times a second.

All rules run on capture time.
"""

import math

import numpy as np
from numpy.typing import NDArray

from drivermon.perception.box import Box, iou
from drivermon.perception.detector import Detection, FaceDetector
from drivermon.perception.face_track import FaceTrack
from drivermon.perception.finder import FoundFace, Measured
from drivermon.perception.follower import FaceFollower, FollowedFace
from drivermon.perception.landmarks import (
    HOG_ABOVE,
    HOG_ACROSS,
    HOG_DOWN,
    SCHEME_FOLLOWER,
    outline_of_square,
    shape_68,
    square_of_points,
)

PRESENT = 0.5
"""From this score on the crop holds a face."""

CHECK_EVERY_S = 0.33
"""So often the detector is asked whether the face is where the follower thinks."""

SAME_IOU = 0.25
"""Squares of detector and follower that overlap less are not of the same face."""

DOUBTED_BELOW = 0.9
"""When the detector sees no face where the follower follows one that scores less than this, it is lost."""

ACQUIRED = 1.4
"""Scores of detector and follower together, 0 to 2, that a new face needs: one of them may doubt. Chosen on
DrivFace, on a clip of lettering without a face and on a driver seen from behind."""

SMALLEST_PX = 16.0
MOST_FACES = 3
"""So many of the faces that the detector finds are looked at closely."""


class FollowerFinder:
    """Follows the driver's face with a network.

    Attributes:
        digests: SHA-256 of each network in use, by name.

    """

    def __init__(
        self, detector: FaceDetector, follower: FaceFollower, track: FaceTrack, digests: dict[str, str]
    ) -> None:
        """Take the parts.

        Args:
            detector: finds faces in whole pictures.
            follower: measures one.
            track: chooses the driver's.
            digests: of the networks.

        """
        self.digests = digests
        self._detector, self._follower, self._track = detector, follower, track
        self._last: FollowedFace | None = None
        self._checked_at = -math.inf
        self._contrast = False  # every second search in vain is made with the contrast raised

    def find(self, image: NDArray[np.uint8], t: float) -> FoundFace | None:
        """Return the driver's face in a uint8 gray (H, W) or BGR (H, W, 3) picture taken at `t` seconds."""
        near = self._track.near(t)
        face = None if near is None or self._last is None else self._followed(image, self._last)
        found = None
        if face is not None and t - self._checked_at >= CHECK_EVERY_S:
            found = self._search(image, t)
            face = face if self._is_confirmed(face, found, t) else None
        if face is not None and self._track.follow(t, [_detection(face)]) is None:
            face = None
        if face is None and (near is not None or self._track.search_due(t)):
            face = self._acquired(image, t, self._search(image, t) if found is None else found)
        self._last = face
        return None if face is None else found_face(face)

    def coasted(self, t: float) -> Box | None:
        """Return where the face is assumed that was not found at `t`, `None` when it is long gone."""
        square = self._track.coasted(t)
        return None if square is None else outline_of_square(square)

    def forget(self) -> None:
        """Look for a face anew."""
        self._track.reset()
        self._last, self._checked_at, self._contrast = None, -math.inf, False

    def _search(self, image: NDArray[np.uint8], t: float) -> list[Detection]:
        self._checked_at = t
        return self._detector.search(image, contrast=self._contrast)

    def _followed(self, image: NDArray[np.uint8], last: FollowedFace) -> FollowedFace | None:
        face = self._follower.follow(image, last.crop)
        return face if _is_face(face, image.shape) else None

    def _is_confirmed(self, face: FollowedFace, found: list[Detection], t: float) -> bool:
        """Say whether the detector agrees, or does not know better."""
        square = square_of_points(face.points)
        agreed = any(iou(square, one.box) >= SAME_IOU for one in found)
        sure = face.present >= DOUBTED_BELOW
        if agreed or (sure and not found):
            # beside another face in view a sure one is believed only until the track gives it up
            self._track.fitted(t)
        return agreed or sure

    def _acquired(self, image: NDArray[np.uint8], t: float, found: list[Detection]) -> FollowedFace | None:
        """Return the driver's face among those that were detected and that the follower takes for faces."""
        faces = {_detection(face): face for face in agreed(self._follower, image, found[:MOST_FACES])}
        self._contrast = not (faces or self._contrast)
        chosen = self._track.follow(t, list(faces)) or self._track.acquire(t, list(faces), image.shape)
        if chosen is None:
            return None
        self._track.fitted(t)
        return faces[chosen]


def agreed(follower: FaceFollower, image: NDArray[np.uint8], found: list[Detection]) -> list[FollowedFace]:
    """Return which detections are faces, by the word of detector and follower together."""
    looked_at = [(one.score, follower.acquire(image, _rectangle(one.box))) for one in found]
    return [
        face for score, face in looked_at if score + face.present >= ACQUIRED and _is_face(face, image.shape)
    ]


def found_face(face: FollowedFace) -> FoundFace:
    """Return what the follower saw in the terms of all methods."""
    shape = shape_68(face.points, SCHEME_FOLLOWER)
    measured = Measured(
        eyes=(face.left_eye.aperture, face.right_eye.aperture),
        eyes_visible=(face.left_eye.visible, face.right_eye.visible),
        mouth=face.mouth,
        pose=face.pose,
    )
    return FoundFace(shape.box, face.present, shape, measured)


def _detection(face: FollowedFace) -> Detection:
    return Detection(square_of_points(face.points), face.present)


def _is_face(face: FollowedFace, shape: tuple[int, ...]) -> bool:
    crop = face.crop
    x, y = crop.center
    inside = 0 <= x < shape[1] and 0 <= y < shape[0]
    return face.present >= PRESENT and inside and SMALLEST_PX < crop.side_px < 2 * max(shape[:2])


def _rectangle(square: Box) -> Box:
    """Return the rectangle round the 68 points of a face in a HOG square."""
    x, y = square.center
    width, height = HOG_ACROSS * square.side, HOG_DOWN * square.side
    return Box(x - width / 2, y + HOG_ABOVE * square.side - height / 2, width, height)
