"""From a face in a picture to the chip a network sees: one affine warp that puts the eyes in place.

The method is the published one: centroids of both eyes, rotation until they lie level, scale by
their distance, shift to a desired place. Training and running share this module, so a network
never sees a chip made in another way.
"""

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.errors import FrameError

MIN_EYE_DISTANCE_PX = 2.0
"""Below this, eye centroids are noise and their angle means nothing."""


@dataclass(frozen=True, slots=True)
class ChipGeometry:
    """Where a network expects the eyes.

    Attributes:
        size_px: side of the square chip.
        left_eye: place of the centroid of the eye on the chip's left side (the driver's own right
            eye) as shares of the chip's width and height. The other eye is its mirror image at the
            same height, so the eyes lie `(1 - 2 * left_eye[0]) * size_px` apart.
        channels: 1 for gray, 3 for BGR.

    """

    size_px: int
    left_eye: tuple[float, float]
    channels: Literal[1, 3]

    def __post_init__(self) -> None:
        """Refuse a geometry that no chip can have."""
        x, y = self.left_eye
        if not (self.size_px >= 8 and 0.0 < x < 0.5 and 0.0 < y < 1.0 and self.channels in (1, 3)):
            raise ValueError(f"a chip can't have the geometry {self}")

    @property
    def eye_distance_px(self) -> float:
        """Distance of the two eye centroids on the chip."""
        return (1.0 - 2.0 * self.left_eye[0]) * self.size_px


DEFAULT_GEOMETRY = ChipGeometry(size_px=64, left_eye=(0.31, 0.37), channels=1)
"""Geometry that FER-style crops and camera frames both fill without inventing a border.

FER2013 crops have their eyes at (0.32, 0.38) and (0.68, 0.38) of their width on average (standard
deviation 0.06), 0.36 apart; a little tighter than that keeps brows and chin and leaves few edges.
"""

Point = tuple[float, float] | NDArray[np.floating]
"""x, y in pixels; whole numbers are centres of pixels."""


def align(
    image: NDArray[np.uint8], right_eye_xy: Point, left_eye_xy: Point, geometry: ChipGeometry
) -> NDArray[np.uint8]:
    """Return the chip, uint8 (S, S, channels), with the eyes where `geometry` wants them.

    Args:
        image: uint8 gray (H, W) or BGR (H, W, 3).
        right_eye_xy: centroid of the driver's own right eye, on the left of an unmirrored picture.
        left_eye_xy: centroid of the driver's own left eye.
        geometry: of the chip.

    Beyond the picture's edge its border is mirrored, never black. Large faces are averaged down
    before the warp, so that a face gives the same chip near and far.

    Raises:
        FrameError: the eyes are closer than `MIN_EYE_DISTANCE_PX` or not finite.

    """
    matrix = eyes_to_chip(right_eye_xy, left_eye_xy, geometry)
    return warp_chip(image, matrix, geometry)


def eyes_to_chip(right_eye_xy: Point, left_eye_xy: Point, geometry: ChipGeometry) -> NDArray[np.float64]:
    """Return the (2, 3) similarity that takes picture coordinates to chip coordinates.

    Raises:
        FrameError: the eyes are closer than `MIN_EYE_DISTANCE_PX` or not finite.

    """
    right_x, right_y = (float(value) for value in right_eye_xy)
    left_x, left_y = (float(value) for value in left_eye_xy)
    across, down = left_x - right_x, left_y - right_y
    distance = math.hypot(across, down)
    if not (math.isfinite(distance) and distance >= MIN_EYE_DISTANCE_PX):
        raise FrameError(f"eyes {distance} px apart can't be aligned; need {MIN_EYE_DISTANCE_PX} px or more")
    scale = geometry.eye_distance_px / distance
    cos, sin = scale * across / distance, scale * down / distance
    # pixel i covers [i - 0.5, i + 0.5], so the share s of the chip's side lies at s * S - 0.5
    eye_x = geometry.left_eye[0] * geometry.size_px - 0.5
    eye_y = geometry.left_eye[1] * geometry.size_px - 0.5
    return np.array(
        [
            [cos, sin, eye_x - cos * right_x - sin * right_y],
            [-sin, cos, eye_y + sin * right_x - cos * right_y],
        ]
    )


def warp_chip(
    image: NDArray[np.uint8], matrix: NDArray[np.float64], geometry: ChipGeometry
) -> NDArray[np.uint8]:
    """Return the chip that the (2, 3) similarity `matrix` (picture to chip) cuts out of `image`."""
    patch, matrix = _averaged_patch(image, matrix, geometry)
    size = (geometry.size_px, geometry.size_px)
    chip = cv2.warpAffine(patch, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return chip.reshape(geometry.size_px, geometry.size_px, geometry.channels).astype(np.uint8, copy=False)


def _averaged_patch(
    image: NDArray[np.uint8], matrix: NDArray[np.float64], geometry: ChipGeometry
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Cut out what the chip shows, in its colours, and average it down to its scale if it is larger.

    A bilinear warp looks at four pixels only: without this, detail of a large face would alias.
    """
    (cos, sin, shift_x), (_, _, shift_y) = matrix.tolist()
    scale = math.hypot(cos, sin)
    # the middle of the chip in the picture, and how far what it shows reaches from there
    x, y = (geometry.size_px - 1) / 2 - shift_x, (geometry.size_px - 1) / 2 - shift_y
    center_x, center_y = (cos * x - sin * y) / scale**2, (sin * x + cos * y) / scale**2
    reach = ((geometry.size_px + 1) / 2 * (abs(cos) + abs(sin)) / scale + 2.0) / scale
    height, width = image.shape[:2]
    left, right = _within(center_x - reach, center_x + reach, width)
    top, bottom = _within(center_y - reach, center_y + reach, height)
    patch = _with_channels(image[top : bottom + 1, left : right + 1], geometry.channels)
    across = down = 1.0
    if scale < 1.0:
        small_w, small_h = max(1, round(patch.shape[1] * scale)), max(1, round(patch.shape[0] * scale))
        across, down = patch.shape[1] / small_w, patch.shape[0] / small_h
        patch = np.asarray(cv2.resize(patch, (small_w, small_h), interpolation=cv2.INTER_AREA), np.uint8)
    return patch, of_part(matrix, (left, top), (across, down))


def of_part(
    matrix: NDArray[np.float64], corner: tuple[int, int], step: tuple[float, float]
) -> NDArray[np.float64]:
    """Return the map (2, 3) from a part of a picture that `matrix` is from the whole one.

    Args:
        matrix: (2, 3) from the pixels of the picture.
        corner: x, y of the part's first pixel.
        step: pixels of the picture, across and down, that each pixel of the part is the mean of.

    """
    (a, b, shift_x), (c, d, shift_y) = matrix.tolist()
    across, down = step
    # pixel j of the part has its centre at (j + 0.5) * across - 0.5 from the corner
    x, y = corner[0] + (across - 1) / 2, corner[1] + (down - 1) / 2
    return np.array(
        [
            [a * across, b * down, shift_x + a * x + b * y],
            [c * across, d * down, shift_y + c * x + d * y],
        ]
    )


def _within(low: float, high: float, length: int) -> tuple[int, int]:
    """Return the first and the last of `length` pixels between `low` and `high`; at least one."""
    first = math.floor(min(max(low, 0.0), length - 1.0))
    return first, math.ceil(min(max(high, first), length - 1.0))


def _with_channels(image: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    has = 1 if image.ndim == 2 else image.shape[2]
    if has == channels:
        return image
    code = cv2.COLOR_BGR2GRAY if channels == 1 else cv2.COLOR_GRAY2BGR
    return np.asarray(cv2.cvtColor(image, code), np.uint8)
