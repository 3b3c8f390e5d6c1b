"""How much the picture shows at all: dark, glaring, covered, blurred."""

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.messages import PictureQuality
from drivermon.perception.detector import resized, to_gray

WIDTH_PX = 160
"""Width at which the picture is judged: noise of single pixels is averaged away, edges stay."""

DARK_BELOW = 16
BRIGHT_ABOVE = 239


def measure_quality(image: NDArray[np.uint8]) -> PictureQuality:
    """Measure the gray values of a uint8 gray (H, W) or BGR (H, W, 3) picture; about 0.2 ms."""
    small = _shrunk_gray(image).astype(np.float32)
    mean, deviation = cv2.meanStdDev(small)
    detail = float(np.abs(cv2.Laplacian(small, cv2.CV_32F)).mean())
    return PictureQuality(
        brightness=float(mean[0, 0]),
        contrast=float(deviation[0, 0]),
        detail=detail,
        dark=float((small < DARK_BELOW).mean()),
        bright=float((small > BRIGHT_ABOVE).mean()),
    )


def _shrunk_gray(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    # every n-th pixel of a huge picture is enough to average over
    step = max(1, max(image.shape[:2]) // (4 * WIDTH_PX))
    gray = to_gray(np.ascontiguousarray(image[::step, ::step]))
    return resized(gray, min(1.0, WIDTH_PX / gray.shape[1]))
