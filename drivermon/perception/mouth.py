"""How far the mouth is open."""

import numpy as np
from numpy.typing import NDArray

from drivermon.perception.landmarks import FaceShape


def lip_ratio(inner_lips: NDArray[np.floating]) -> float | None:
    """Return inner-lip opening over inner-lip width.

    Args:
        inner_lips: (8, 2) contour as in `FaceShape.inner_lips`.

    The opening is the mean of three gaps between upper and lower lip. About 0 shut, 0.2 in speech,
    above 0.6 in a yawn; `None` where the corners coincide.

    """
    lips = np.asarray(inner_lips, float)
    right_corner, left_corner = lips[0], lips[4]
    upper, lower = lips[1:4], lips[7:4:-1]
    width = float(np.linalg.norm(left_corner - right_corner))
    if width == 0.0:
        return None
    return float(np.linalg.norm(upper - lower, axis=1).mean()) / width


def measure_mouth(shape: FaceShape) -> float | None:
    """Return the lip ratio of a face, `None` where the lips are not seen."""
    return None if shape.inner_lips is None else lip_ratio(shape.inner_lips)
