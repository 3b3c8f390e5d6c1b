"""From PyAV's decoded picture to the array that a `Frame` carries."""

from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from drivermon.events import checked_image
from drivermon.sources.orientation import by_display_matrix

GRAY_FORMATS = ("gray", "ya", "mono")
"""Beginnings of the names of pixel formats that have no colour."""


def image_of(picture: av.VideoFrame, where: str) -> NDArray[np.uint8]:
    """Return a decoded picture upright, as uint8 gray (H, W) or BGR (H, W, 3).

    Raises:
        FrameError: a side is longer than `MAX_SIDE_PX`.

    """
    gray = picture.format.name.startswith(GRAY_FORMATS)
    image: Any = picture.to_ndarray(format="gray" if gray else "bgr24")
    side_data: Any = picture.side_data
    matrix = side_data.get("DISPLAYMATRIX")
    if matrix is not None:
        image = by_display_matrix(image, bytes(matrix))
    return checked_image(image, where)


def reason_of(error: av.FFmpegError) -> str:
    """Return why PyAV failed, without the address, which may hold a password."""
    return (error.strerror or type(error).__name__).lower()
