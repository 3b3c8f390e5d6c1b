"""The upright square that the follower sees, cut round a face; training cuts the same."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.perception.alignment import of_part
from drivermon.perception.box import Box
from drivermon.perception.detector import to_gray

FloatArray = NDArray[np.floating]

MARGIN = 1.35
"""Side of the crop in longer sides of the rectangle round the points, taken along the face's own axes."""

SPARE_PX = 4.0
"""So much wider than what a crop shows is the part of the picture that it is cut from: linear sampling looks
at neighbours."""


@dataclass(frozen=True, slots=True)
class FaceCrop:
    """A square on the picture, turned with the face.

    Attributes:
        center: x, y of its middle in pixels of the picture; whole numbers are centres of pixels.
        side_px: length of its sides, in pixels of the picture.
        roll_deg: by which it is turned clockwise, so that the face in it stands upright.

    """

    center: tuple[float, float]
    side_px: float
    roll_deg: float = 0.0

    def matrix(self, size_px: int) -> NDArray[np.float64]:
        """Return the affine map (2, 3) from the picture to a crop of `size_px` pixels."""
        turn = _turn(self.roll_deg) * (size_px / self.side_px)
        return np.column_stack([turn, (size_px - 1) / 2 - turn @ np.asarray(self.center)])

    def cut(self, image: NDArray[np.uint8], size_px: int) -> NDArray[np.uint8]:
        """Return the crop (S, S) in gray of a gray (H, W) or BGR (H, W, 3) picture.

        Past the picture's border its outermost pixels go on.
        """
        x, y = self.center
        shrink = max(1, math.floor(self.side_px / size_px))
        cos, sin = math.cos(math.radians(self.roll_deg)), math.sin(math.radians(self.roll_deg))
        reach = self.side_px * (abs(cos) + abs(sin)) + SPARE_PX * shrink
        rows, columns = Box(x - reach / 2, y - reach / 2, reach, reach).pixels(image.shape)
        part = to_gray(image[rows, columns])
        across = down = 1.0
        if shrink > 1:  # linear sampling alone would skip pixels
            height, width = (max(1, length // shrink) for length in part.shape)
            across, down = part.shape[1] / width, part.shape[0] / height
            part = np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        matrix = of_part(self.matrix(size_px), (columns.start, rows.start), (across, down))
        crop = cv2.warpAffine(part, matrix, (size_px, size_px), borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(crop, np.uint8)

    def to_picture(self, points: FloatArray, size_px: int) -> FloatArray:
        """Return (..., 2) points of a crop of `size_px` as pixels of the picture."""
        back = _turn(self.roll_deg) * (self.side_px / size_px)  # of a turn the inverse is the transpose
        return np.asarray((points - (size_px - 1) / 2) @ back + np.asarray(self.center))


def moved(points: FloatArray, matrix: FloatArray) -> FloatArray:
    """Return (..., 2) points under an affine map (2, 3)."""
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2])


def crop_round(points: FloatArray, roll_deg: float, margin: float = MARGIN) -> FaceCrop:
    """Return the crop round (N, 2) points of a face whose head is tilted by `roll_deg`."""
    turn = _turn(roll_deg)
    upright = points @ turn.T
    low, high = upright.min(axis=0), upright.max(axis=0)
    x, y = turn.T @ ((low + high) / 2)
    return FaceCrop((float(x), float(y)), float((high - low).max()) * margin, roll_deg)


def _turn(roll_deg: float) -> NDArray[np.float64]:
    """Return the rotation (2, 2) that stands upright what is tilted clockwise by `roll_deg`."""
    cosine, sine = math.cos(math.radians(roll_deg)), math.sin(math.radians(roll_deg))
    return np.array([[cosine, sine], [-sine, cosine]])
