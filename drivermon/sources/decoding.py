"""From PyAV's decoded pictures to the arrays that a `Frame` carries."""

from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from drivermon.events import checked_image
from drivermon.sources.orientation import by_display_matrix

GRAY_FORMATS = ("gray", "ya", "mono")
"""Beginnings of the names of pixel formats that have no colour."""


class PictureReader:
    """Turns the decoded pictures of one stream into images, upright as the first of them says."""

    def __init__(self, where: str) -> None:
        """Start before the first picture; `where` names the stream in errors."""
        self._where = where
        self._matrix: bytes | None = None
        self._matrix_is_read = False
        # one for all pictures: made anew for each, it costs ten times the conversion
        self._reformatter = VideoReformatter()

    def image(self, picture: av.VideoFrame) -> NDArray[np.uint8]:
        """Return a picture as uint8 gray (H, W) or BGR (H, W, 3).

        Raises:
            FrameError: a side is longer than `MAX_SIDE_PX`.

        """
        if not self._matrix_is_read:
            # only once: reading side data ties a picture into a cycle that holds its memory
            # until the garbage collector comes by, hundreds of megabytes later
            side_data: Any = picture.side_data
            matrix = side_data.get("DISPLAYMATRIX")
            self._matrix = None if matrix is None else bytes(matrix)
            self._matrix_is_read = True
        gray = picture.format.name.startswith(GRAY_FORMATS)
        wanted = "gray" if gray else "bgr24"
        # more threads take longer to wake than they save
        image: Any = self._reformatter.reformat(picture, format=wanted, threads=1).to_ndarray()
        if self._matrix is not None:
            image = by_display_matrix(image, self._matrix)
        return checked_image(image, self._where)


def reason_of(error: av.FFmpegError) -> str:
    """Return why PyAV failed, without the address, which may hold a password."""
    return (error.strerror or type(error).__name__).lower()
