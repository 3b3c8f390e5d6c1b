"""Painting polygons of the world as a camera sees them."""

import cv2
import numpy as np

from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.geometry import Viewpoint

Corners = list[tuple[float, float, float]]

SUBPIXEL_BITS = 4
FARTHEST_PX = 1 << 16  # OpenCV's polygons wrap round beyond


class Painter:
    """A canvas (H, W, 3) of BGR radiance."""

    def __init__(self, canvas: FloatArray, view: Viewpoint) -> None:
        """Paint on `canvas`, in place."""
        self.canvas = canvas
        self._view = view

    def soften(self, sigma_px: float) -> None:
        """Blur all that is painted so far: it lies behind the focus."""
        self.canvas[:] = cv2.GaussianBlur(self.canvas, (0, 0), sigma_px)

    def fill(self, corners: Corners, colour: FloatArray) -> None:
        """One colour."""
        self.fill_with(corners, np.broadcast_to(colour, self.canvas.shape))

    def fill_with(self, corners: Corners, picture: FloatArray) -> None:
        """The part of a picture of the canvas' size that lies inside."""
        mask = self._mask(corners)[..., None]
        self.canvas[:] = self.canvas * (1 - mask) + picture * mask

    def cushion(self, corners: Corners, colour: FloatArray, round_px: float, sun: float = 0.0) -> None:
        """Upholstery, lighter to the middle and above; `sun` > 0 lights its +x side, < 0 the other."""
        mask = self._mask(corners)
        depth = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
        depth = np.clip(depth / np.float32(round_px), 0, 1)
        hill = cv2.GaussianBlur(depth, (0, 0), round_px / 4) * np.float32(round_px / 8)
        across, down = cv2.Sobel(hill, cv2.CV_32F, 1, 0), cv2.Sobel(hill, cv2.CV_32F, 0, 1)
        shade = (0.45 + 0.55 * np.sqrt(depth)) * (1 + 0.35 * down - 0.8 * np.sign(sun) * across)
        if sun:
            columns = np.linspace(-1, 1, mask.shape[1], dtype=np.float32)
            shade = shade * (1.6 + 1.9 * np.clip(columns * np.sign(sun), 0, 1))
        self.canvas[:] += (colour * shade[..., None] - self.canvas) * mask[..., None]

    def _mask(self, corners: Corners) -> FloatArray:
        """(H, W) share of each pixel inside a polygon."""
        pixels, _ = self._view.project(np.array(corners, np.float32))
        whole = np.clip(pixels * (1 << SUBPIXEL_BITS), -FARTHEST_PX, FARTHEST_PX).astype(np.int32)
        mask = np.zeros(self.canvas.shape[:2], np.uint8)
        cv2.fillPoly(mask, [whole], 255, cv2.LINE_AA, SUBPIXEL_BITS)
        return mask.astype(np.float32) / 255
