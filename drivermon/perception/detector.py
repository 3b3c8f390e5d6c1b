"""Where faces are: dlib's HOG detector, over the whole picture or near the last face.

Other detectors come in behind `FaceDetector`. The box of a `Detection` is the square that HOG
gives, whatever found the face: brows to chin, 2.4 eye distances wide. Landmark predictors are
trained on such squares.
"""

from dataclasses import dataclass
from typing import Protocol

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from drivermon.perception.box import Box

HOG_WINDOW_PX = 80
"""Side of the smallest face that dlib's frontal detector finds."""

SEARCH_SIDE_PX = 640
"""Longest side of the picture that the whole is scaled to, when faces of 80 px are searched for."""

MAX_ENLARGEMENT = 4.0
"""Small pictures are enlarged at most so much: beyond, no detail is won, only time lost."""

NEAR_FACE_PX = 96
"""Side that the last face is scaled to: one pyramid step (6/5) above the window, so that the
steps below, at and above its size are all searched."""

NEAR_REGION = 1.8
"""Side of the region that is searched, in sides of the last face."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A face that was found.

    Attributes:
        box: square from the brows to the chin, in pixels of the picture; may reach over its edge.
        score: higher is surer; HOG's margin is about -0.5 to 3.

    """

    box: Box
    score: float


class FaceDetector(Protocol):
    """Finds faces in gray (H, W) or BGR (H, W, 3) uint8 pictures."""

    def search(self, image: NDArray[np.uint8]) -> list[Detection]:
        """Return all faces of the picture."""
        ...

    def search_near(self, image: NDArray[np.uint8], box: Box) -> list[Detection]:
        """Return faces near `box` and about as large; quicker, and content with a lower score."""
        ...


class HogDetector:
    """dlib's frontal face detector (Dalal & Triggs 2005; King 2009).

    Finds upright faces within about 35 degrees of frontal. Not for use in two threads at once.
    """

    def __init__(self, min_size_px: int = 80, search_score: float = 0.0, near_score: float = -0.3) -> None:
        """Take the limits.

        Args:
            min_size_px: smallest face searched for, in a picture scaled to `SEARCH_SIDE_PX`.
            search_score: score that a face needs when the whole picture is searched.
            near_score: score that it needs where one is expected.

        """
        self._search_side_px = SEARCH_SIDE_PX * HOG_WINDOW_PX / min_size_px
        self._search_score = search_score
        self._near_score = near_score
        self._hog = dlib.get_frontal_face_detector()

    def search(self, image: NDArray[np.uint8]) -> list[Detection]:
        """Return all faces of the picture; about 18 ms for 640x480."""
        scale = min(MAX_ENLARGEMENT, self._search_side_px / max(image.shape[:2]))
        return self._run(image, scale, self._search_score)

    def search_near(self, image: NDArray[np.uint8], box: Box) -> list[Detection]:
        """Return faces near `box`; about 2 ms whatever the picture's size."""
        rows, columns = box.grown(NEAR_REGION).pixels(image.shape)
        scale = min(MAX_ENLARGEMENT, NEAR_FACE_PX / max(box.side, 1.0))
        found = self._run(image[rows, columns], scale, self._near_score)
        return [Detection(face.box.shifted(columns.start, rows.start), face.score) for face in found]

    def _run(self, image: NDArray[np.uint8], scale: float, min_score: float) -> list[Detection]:
        gray = to_gray(resized(image, scale))
        rectangles, scores, _ = self._hog.run(gray, 0, min_score)
        # the scale that was reached after rounding to whole pixels
        back = image.shape[1] / gray.shape[1]
        return [
            Detection(Box(r.left(), r.top(), r.width(), r.height()).scaled(back), float(score))
            for r, score in zip(rectangles, scores, strict=True)
        ]


def resized(image: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Return the picture enlarged by `scale`, averaged when it shrinks; at least 1x1."""
    height, width = image.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if size == (width, height):
        return image
    how = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)


def to_gray(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture as contiguous gray (H, W)."""
    if image.ndim == 3:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    return np.ascontiguousarray(image)
