"""Where the faces of a still picture are: no track, and time to look closely, with more than one method."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.perception.box import Box, shared_part
from drivermon.perception.detector import FaceDetector
from drivermon.perception.finder import FoundFace
from drivermon.perception.follower import FaceFollower, FollowedFace
from drivermon.perception.follower_finder import agreed, found_face
from drivermon.perception.landmark_finder import fit, is_face
from drivermon.perception.landmarks import Landmarks68, square_of_points

SAME_FACE = 0.5
"""Of two faces that share more than this part of the smaller one, the one found first is kept: a closer look
takes an eye, or the half of a face, for a face now and then."""

SURE = 0.5
"""Detector score of a sure face. Beside one, doubtful ones are emblems and ears as often as people."""

BORDER, FILLS = 0.3, 0.5
"""Width of the border put round a picture without a face, in its longer sides, and how much of its shorter
side a face must then fill. Without that a border finds a face in 2 of 54 clip pictures of none."""


class StillFinder(Protocol):
    """Finds faces in gray (H, W) or BGR (H, W, 3) uint8 pictures; not for use in two threads at once."""

    def faces(self, image: NDArray[np.uint8]) -> list[FoundFace]:
        """Return the faces of a picture, the surest first; one may stand there twice."""
        ...


class FollowerStills:
    """A detector finds faces, the follower network measures them."""

    def __init__(self, detector: FaceDetector, follower: FaceFollower) -> None:
        """Take the parts."""
        self._detector, self._follower = detector, follower

    def faces(self, image: NDArray[np.uint8]) -> list[FoundFace]:
        """Return the faces that detector and follower agree on.

        For want of sure ones doubtful ones, for want of these one that fills the picture.
        """
        found = self._detector.search(image)
        sure = [one for one in found if one.score >= SURE]
        faces = agreed(self._follower, image, sure) or agreed(self._follower, image, found)
        return [found_face(face) for face in faces or self._filling(image)]

    def _filling(self, image: NDArray[np.uint8]) -> list[FollowedFace]:
        """Return the face that fills the picture: with a border round it, it looks like any other."""
        border = round(BORDER * max(image.shape[:2]))
        wide = np.asarray(
            cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_REPLICATE), np.uint8
        )
        faces = agreed(self._follower, wide, self._detector.search(wide))
        inside = [replace(face, points=face.points - border) for face in faces]
        least = FILLS * min(image.shape[:2])
        return [face for face in inside if square_of_points(face.points).side >= least]


class LandmarkStills:
    """A detector finds faces, dlib's 68 landmarks must fit them; the published method where it is HOG."""

    def __init__(self, detector: FaceDetector, landmarks: Landmarks68) -> None:
        """Take the parts."""
        self._detector, self._landmarks = detector, landmarks

    def faces(self, image: NDArray[np.uint8]) -> list[FoundFace]:
        """Return the faces of a picture; what landmarks do not fit is none."""
        found = self._detector.search(image) or self._detector.search(image, contrast=True)
        fitted = [
            (one, fit(self._landmarks, image, one)) for one in found if is_face(self._landmarks, image, one)
        ]
        return [FoundFace(shape.box, one.score, shape) for one, shape in fitted if shape is not None]


def faces_of(finders: Sequence[StillFinder], image: NDArray[np.uint8]) -> list[FoundFace]:
    """Return every face that one of the finders sees, the largest first.

    Args:
        finders: where two see the same face, the word of the first holds.
        image: uint8 gray (H, W) or BGR (H, W, 3).

    """
    kept: list[FoundFace] = []
    for face in (face for finder in finders for face in finder.faces(image)):
        if all(_apart(face.box, other.box) for other in kept):
            kept.append(face)
    return sorted(kept, key=lambda face: face.box.side, reverse=True)


def _apart(one: Box, other: Box) -> bool:
    return shared_part(one, other) < SAME_FACE
