"""Pictures that are face crops already: one face fills them.

It is searched as in any still picture. Where none is found whose eyes could be a crop's, the eyes are taken
to lie where they lie in the average crop. Training makes its chips from crops with the same functions.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from drivermon.perception.alignment import ChipGeometry, align
from drivermon.perception.finder import FoundFace

CROP_EYES = (0.32, 0.38)
"""Where the eye on the left of the average FER2013 crop lies, as shares of its sides."""

EYE_DISTANCE_RANGE = (0.2, 0.6)
"""Eye distance in a face crop, as share of its longer side; outside, something else was found, or a profile
whose chip would show little but its cheek."""


def filling_face(found: Iterable[FoundFace], image: NDArray[np.uint8]) -> FoundFace | None:
    """Return the first face that fills the picture as a crop's does, `None` where there is none.

    Args:
        found: the faces of the picture, the largest first.
        image: the crop, uint8 gray (H, W) or BGR (H, W, 3).

    """
    low, high = (share * max(image.shape[:2]) for share in EYE_DISTANCE_RANGE)
    for face in found:
        eyes = None if face.shape is None else face.shape.eye_centers
        if eyes is not None and low <= np.hypot(*(eyes[1] - eyes[0])) <= high:
            return face
    return None


def crop_chip(image: NDArray[np.uint8], face: FoundFace | None, geometry: ChipGeometry) -> NDArray[np.uint8]:
    """Return the chip of a crop: aligned by its eyes, or by the average crop's where it has none.

    Args:
        image: the crop, uint8 gray (H, W) or BGR (H, W, 3).
        face: from `filling_face`.
        geometry: of the chip.

    """
    eyes = None if face is None or face.shape is None else face.shape.eye_centers
    if eyes is not None:
        return align(image, *eyes, geometry)
    height, width = image.shape[:2]
    x, y = CROP_EYES
    right_eye = (x * width - 0.5, y * height - 0.5)
    left_eye = ((1.0 - x) * width - 0.5, y * height - 0.5)
    return align(image, right_eye, left_eye, geometry)
