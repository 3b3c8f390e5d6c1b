"""How far each eye is open: the eye aspect ratio."""

import numpy as np
from numpy.typing import NDArray

from drivermon.perception.landmarks import FaceShape


def eye_aspect_ratio(contour: NDArray[np.floating]) -> float | None:
    """Return height over width of one eye (Soukupova & Cech 2016, equation 1).

    (|p2 - p6| + |p3 - p5|) / (2 |p1 - p4|) over the contour p1 to p6, (6, 2): about 0.26 open and
    0.1 shut with 68 points. It does not change when the face turns in the picture's plane, comes
    nearer or moves. `None` where the corners coincide.
    """
    p1, p2, p3, p4, p5, p6 = np.asarray(contour, float)
    width = float(np.linalg.norm(p1 - p4))
    if width == 0.0:
        return None
    return float(np.linalg.norm(p2 - p6) + np.linalg.norm(p3 - p5)) / (2.0 * width)


def measure_eyes(shape: FaceShape) -> tuple[float | None, float | None]:
    """Return the aspect ratio of the driver's own left and right eye, `None` where not seen."""
    left = None if shape.left_eye is None else eye_aspect_ratio(shape.left_eye)
    right = None if shape.right_eye is None else eye_aspect_ratio(shape.right_eye)
    return left, right
