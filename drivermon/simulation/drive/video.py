"""Frames to an H.264 file that keeps their times."""

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from numpy.typing import NDArray

from drivermon.errors import OutputError

TICKS_PER_S = 90_000
"""Clock of the file, MPEG's usual one: all common frame rates divide it."""

KEYFRAME_EVERY_S = 2.0


class VideoWriter:
    """An H.264 video (yuv420p) with variable frame rate: a stretch without frames is a jump in time.

    No B-frames, so that the file's times need no reordering and players start at once.
    """

    def __init__(self, path: Path, width: int, height: int, fps: float, crf: float) -> None:
        """Create the file.

        Args:
            path: ends in .mp4, .mkv or .mov.
            width: pixels, even.
            height: pixels, even.
            fps: the usual rate, for players; every frame keeps its own time.
            crf: x264's quality: 18 looks like the original, 23 is usual, 30 small.

        Raises:
            OutputError: a name or size that no video can have, or a folder that can't be written to.

        """
        if width % 2 or height % 2:
            raise OutputError(f"{path}: H.264 needs even sides, not {width}x{height}; choose another size")
        self._path = path
        try:
            self._container = av.open(str(path), "w")
            stream = self._container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise OutputError(
                f"{path}: can't write a video: {reason}; name it .mp4, in a folder that exists"
            ) from None
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, TICKS_PER_S)
        stream.codec_context.gop_size = max(1, round(KEYFRAME_EVERY_S * fps))
        stream.options = {"crf": f"{crf:g}", "preset": "slow", "bf": "0", "threads": "1"}
        self._stream = stream

    def write(self, image: NDArray[np.uint8], t: float) -> None:
        """Add a gray (H, W) or BGR (H, W, 3) picture at `t` seconds, later than the one before.

        Raises:
            OutputError: the disk is full.

        """
        frame = av.VideoFrame.from_ndarray(image, format="gray" if image.ndim == 2 else "bgr24")
        frame = frame.reformat(format="yuv420p")
        frame.pts = round(t * TICKS_PER_S)
        frame.time_base = Fraction(1, TICKS_PER_S)
        self._mux(frame)

    def close(self) -> None:
        """Finish the file.

        Raises:
            OutputError: the disk is full.

        """
        self._mux(None)
        self._container.close()

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the file, or let go of it after an error."""
        if error is None:
            self.close()
        else:
            self._container.close()

    def _mux(self, frame: av.VideoFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(frame))
        except OSError as error:
            raise OutputError(f"{self._path}: can't write: {error.strerror or error}") from None
