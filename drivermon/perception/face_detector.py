"""Where faces are: a small network that looks at the whole picture once.

It stands behind `FaceDetector` in place of HOG and finds faces from the front to the full profile.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.config import RuntimeSettings
from drivermon.perception.box import Box, iou
from drivermon.perception.detector import Detection, about_as_large, evened, resized, to_gray
from drivermon.perception.face_network import open_face_network, refusal
from drivermon.perception.landmarks import square_of_points

KIND = "face_detector"
OUTPUTS = ("scores", "boxes")

SAME_FACE_IOU = 0.4
"""Of two boxes that overlap more, only the surer one is kept."""

NEAR_REGION = 2.6
"""Side of the region that is searched near a face, in sides of it: there the face is as large as the network
likes it best."""

MAX_FACES = 16


class NetworkDetector:
    """An open detector network, warmed up.

    Scores are 0 to 1.

    Attributes:
        digest: SHA-256 of its file.
        providers: execution providers really in use, the first one runs it.

    """

    def __init__(
        self,
        path: Path,
        settings: RuntimeSettings,
        search_score: float = 0.5,
        near_score: float = 0.35,
        looks: int = 1,
    ) -> None:
        """Open the network at `path` and run it once.

        Args:
            path: of the .onnx file.
            settings: providers and threads.
            search_score: that a face needs when the whole picture is searched.
            near_score: that it needs where one is expected.
            looks: how often the whole picture is searched, at twice the size each time, while that enlarges
                it no more than twice.

        Raises:
            NetworkError: missing or corrupt file, no face detector, or outputs of another shape.
            InstallationError: no usable ONNX Runtime or execution provider.

        """
        self._network = open_face_network(path, settings, KIND, OUTPUTS)
        self.digest, self.providers = self._network.digest, self._network.providers
        geometry = self._network.geometry
        if set(geometry) != {"side_px", "multiple_px"}:
            raise refusal(path, f"its geometry is {dict(geometry)}")
        self._side_px, self._multiple_px = int(geometry["side_px"]), int(geometry["multiple_px"])
        self._search_score, self._near_score, self._looks = search_score, near_score, looks
        scores, boxes = self._network.run(np.zeros((1, self._side_px, self._side_px, 1), np.uint8))
        if scores.ndim != 3 or boxes.shape != (*scores.shape, 4):
            raise refusal(path, f"its outputs have the shapes {scores.shape}, {boxes.shape}")

    def search(self, image: NDArray[np.uint8], *, contrast: bool = False) -> list[Detection]:
        """Return all faces of a uint8 gray (H, W) or BGR (H, W, 3) picture, the surest of each look first.

        More than one look may see the same face again.
        """
        sides_px = [self._side_px * 2**look for look in range(self._looks)]
        return [
            face
            for side_px in sides_px
            if side_px == self._side_px or side_px <= 2 * max(image.shape[:2])
            for face in self._search(image, side_px, self._search_score, contrast=contrast)
        ]

    def search_near(self, image: NDArray[np.uint8], box: Box) -> list[Detection]:
        """Return faces near `box` and about as large; content with a lower score."""
        rows, columns = box.grown(NEAR_REGION).pixels(image.shape)
        found = self._search(image[rows, columns], self._side_px, self._near_score)
        return about_as_large(found, box, (columns.start, rows.start))

    def _search(
        self, image: NDArray[np.uint8], side_px: int, min_score: float, *, contrast: bool = False
    ) -> list[Detection]:
        small = to_gray(resized(image, side_px / max(image.shape[:2])))
        height, width = small.shape
        small = evened(small) if contrast else small
        spare_rows, spare_columns = -height % self._multiple_px, -width % self._multiple_px
        padded = cv2.copyMakeBorder(small, 0, spare_rows, 0, spare_columns, cv2.BORDER_REPLICATE)
        scores, boxes = self._network.run(np.asarray(padded, np.uint8)[np.newaxis, :, :, np.newaxis])
        across, down = image.shape[1] / width, image.shape[0] / height
        return [
            Detection(_square(boxes[0, row, column] * (across, down, across, down)), float(score))
            for score, row, column in _best(scores[0], boxes[0], min_score)
        ]


def _best(
    scores: NDArray[np.float32], boxes: NDArray[np.float32], min_score: float
) -> list[tuple[float, int, int]]:
    """Return score, row and column of the cells that are the surest of their face."""
    rows, columns = np.nonzero(scores >= min_score)
    order = np.argsort(-scores[rows, columns])[:64]
    kept: list[tuple[float, int, int]] = []
    for row, column in zip(rows[order], columns[order], strict=True):
        box = Box(*boxes[row, column])
        if all(iou(box, Box(*boxes[r, c])) < SAME_FACE_IOU for _, r, c in kept):
            kept.append((float(scores[row, column]), int(row), int(column)))
    return kept[:MAX_FACES]


def _square(box: NDArray[np.floating]) -> Box:
    """Return the square that HOG would give for the rectangle round 68 points."""
    x, y, width, height = (float(value) for value in box)
    return square_of_points(np.array([[x, y], [x + width, y + height]], np.float32))
