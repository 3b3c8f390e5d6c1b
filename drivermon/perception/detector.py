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


CONTRAST_LIMIT, CONTRAST_TILE_PX = 2.0, 48
"""Of the adaptive histogram equalisation that lifts faces out of the shade (Zuiderveld 1994), tried
where nothing is found. On rendered drivers of darker skin in low sun it raises the share of frames
with the face from 79 to 82 %; by day, in infrared and on light skin it changes less than half a point."""


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

    def search(self, image: NDArray[np.uint8], *, contrast: bool = False) -> list[Detection]:
        """Return all faces of the picture; `contrast` raises that of dark places first."""
        ...

    def search_near(self, image: NDArray[np.uint8], box: Box) -> list[Detection]:
        """Return faces near `box` and about as large; quicker, and content with a lower score."""
        ...


class HogDetector:
    """dlib's frontal face detector (Dalal & Triggs 2005; King 2009).

    Finds upright faces within about 35 degrees of frontal. Not for use in two threads at once.
    """

    def __init__(self, min_size_px: int = 80, search_score: float = -0.2, near_score: float = -0.3) -> None:
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

    def search(self, image: NDArray[np.uint8], *, contrast: bool = False) -> list[Detection]:
        """Return all faces of the picture; about 18 ms for 640x480."""
        scale = min(MAX_ENLARGEMENT, self._search_side_px / max(image.shape[:2]))
        gray = resized(to_gray(image), scale)
        found = self._run(evened(gray) if contrast else gray, self._search_score)
        return [_moved(face, image.shape[1] / gray.shape[1], 0, 0) for face in found]

    def search_near(self, image: NDArray[np.uint8], box: Box) -> list[Detection]:
        """Return faces near `box`; 2 ms whatever the picture's size, 4 where there is none at once."""
        rows, columns = box.grown(NEAR_REGION).pixels(image.shape)
        region = image[rows, columns]
        gray = resized(to_gray(region), min(MAX_ENLARGEMENT, NEAR_FACE_PX / max(box.side, 1.0)))
        found = self._run(gray, self._near_score) or self._run(evened(gray), self._near_score)
        back = region.shape[1] / gray.shape[1]
        return [_moved(face, back, columns.start, rows.start) for face in found]

    def _run(self, gray: NDArray[np.uint8], min_score: float) -> list[Detection]:
        rectangles, scores, _ = self._hog.run(gray, 0, min_score)
        return [
            Detection(Box(r.left(), r.top(), r.width(), r.height()), float(score))
            for r, score in zip(rectangles, scores, strict=True)
        ]


def about_as_large(found: list[Detection], box: Box, corner: tuple[int, int]) -> list[Detection]:
    """Return what was found in a region round `box` that is half to twice as large, in the whole picture.

    Args:
        found: in pixels of the region.
        box: where a face is expected, in pixels of the picture.
        corner: x, y of the region's upper left corner in the picture.

    """
    return [_moved(face, 1.0, *corner) for face in found if 0.5 < face.box.side / max(box.side, 1.0) < 2.0]


def evened(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture with its contrast raised tile by tile where it is low."""
    height, width = gray.shape
    tiles = (max(1, round(width / CONTRAST_TILE_PX)), max(1, round(height / CONTRAST_TILE_PX)))
    return np.asarray(cv2.createCLAHE(CONTRAST_LIMIT, tiles).apply(gray), np.uint8)


def _moved(face: Detection, scale: float, x: float, y: float) -> Detection:
    return Detection(face.box.scaled(scale).shifted(x, y), face.score)


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
