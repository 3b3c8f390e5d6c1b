"""Where faces are: YuNet (Wu, Peng & Yu 2023), from a file that the user supplies."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.errors import NetworkError
from drivermon.perception.box import Box
from drivermon.perception.detector import MAX_ENLARGEMENT, Detection, about_as_large, evened, resized, to_gray

SEARCH_SIDE_PX = 320
"""Longest side of the picture that is searched: enough for a driver's face, 4 ms."""

NEAR_REGION = 2.6
"""Side of the region that is searched near a face, in sides of it."""

SQUARE_ABOVE, SQUARE_SHARE = 0.08, 0.85
"""YuNet's box goes up to the hairline; HOG's square lies lower by this share of its height and is as large as
this share of the root of its area. Medians over the real clips."""


class YuNetDetector:
    """OpenCV's `FaceDetectorYN` with a YuNet file; scores are 0 to 1. Not for use in two threads at once.

    Attributes:
        digest: SHA-256 of the file.

    """

    def __init__(self, path: Path, search_score: float = 0.6, near_score: float = 0.4) -> None:
        """Open the network at `path`.

        Raises:
            NetworkError: missing file, or no YuNet.

        """
        if not path.is_file():
            raise NetworkError(
                f"{path}: no YuNet there; set face.yunet to its ONNX file, or face.detector to network or hog"
            )
        self.digest = hashlib.sha256(path.read_bytes()).hexdigest()
        self._search_score, self._near_score = search_score, near_score
        try:
            self._network = cv2.FaceDetectorYN.create(str(path), "", (SEARCH_SIDE_PX, SEARCH_SIDE_PX))
            self.search(np.zeros((SEARCH_SIDE_PX, SEARCH_SIDE_PX, 3), np.uint8))
        except cv2.error as error:
            raise NetworkError(f"{path}: no YuNet that OpenCV can run: {error.err}") from None

    def search(self, image: NDArray[np.uint8], *, contrast: bool = False) -> list[Detection]:
        """Return all faces of a uint8 gray (H, W) or BGR (H, W, 3) picture, the surest first."""
        return self._search(image, self._search_score, contrast=contrast)

    def search_near(self, image: NDArray[np.uint8], box: Box) -> list[Detection]:
        """Return faces near `box` and about as large; content with a lower score."""
        rows, columns = box.grown(NEAR_REGION).pixels(image.shape)
        found = self._search(image[rows, columns], self._near_score)
        return about_as_large(found, box, (columns.start, rows.start))

    def _search(
        self, image: NDArray[np.uint8], min_score: float, *, contrast: bool = False
    ) -> list[Detection]:
        small = resized(image, min(MAX_ENLARGEMENT, SEARCH_SIDE_PX / max(image.shape[:2])))
        if contrast:
            small = evened(to_gray(small))
        if small.ndim == 2:
            small = np.asarray(cv2.cvtColor(small, cv2.COLOR_GRAY2BGR), np.uint8)
        self._network.setInputSize((small.shape[1], small.shape[0]))
        self._network.setScoreThreshold(min_score)
        _, found = self._network.detect(small)
        back = image.shape[1] / small.shape[1]
        rows = () if found is None else sorted(found, key=lambda row: -float(row[14]))
        return [Detection(_square(Box(*map(float, row[:4])).scaled(back)), float(row[14])) for row in rows]


def _square(box: Box) -> Box:
    """Return the square that HOG would give."""
    side = SQUARE_SHARE * box.side
    x, y = box.center
    return Box(x - side / 2, y + SQUARE_ABOVE * box.height - side / 2, side, side)
