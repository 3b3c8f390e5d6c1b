"""Still pictures: one, a folder of them, and a folder played as a drive."""

import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.errors import DrivermonError, SourceError
from drivermon.events import TIME_DECIMALS, Frame, Gap, GapCause, checked_image
from drivermon.messages import Event
from drivermon.sources.source import Clock, Source

PICTURE_SUFFIXES = frozenset(
    {".bmp", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"}
)

logger = logging.getLogger(__name__)


def load_picture(path: Path) -> NDArray[np.uint8]:
    """Read a picture upright (EXIF orientation) as uint8 gray (H, W) or BGR (H, W, 3).

    A gray picture stays gray, an alpha channel is dropped, 16 bits are scaled to 8.

    Raises:
        SourceError: missing, unreadable, empty, truncated or no picture.
        FrameError: pixels are neither 8 nor 16 bit, or a side is longer than `MAX_SIDE_PX`.

    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: can't be read: {error.strerror}; check path and permissions") from None
    if not data:
        raise SourceError(f"{path}: the file is empty (0 bytes); copy it again")
    image = _decoded(data)
    if image is None:
        kinds = " ".join(sorted(PICTURE_SUFFIXES))
        raise SourceError(f"{path}: not a picture that can be read, or truncated; known kinds: {kinds}")
    if image.dtype == np.uint16:
        image = cv2.convertScaleAbs(image, alpha=255 / 65535)
    return checked_image(image, str(path))


def picture_paths(folder: Path) -> list[Path]:
    """Return all pictures under `folder`, subfolders too, in natural order (2 before 10).

    Pictures are told by their suffix (`PICTURE_SUFFIXES`, any case); hidden files and folders
    are passed over.

    Raises:
        SourceError: a folder can't be listed, or there is no picture in it.

    """

    def refuse(error: OSError) -> None:
        raise SourceError(
            f"{error.filename or folder}: the folder can't be read: {error.strerror}; check its permissions"
        )

    paths: list[Path] = []
    for parent, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths += [Path(parent, name) for name in files if _is_picture(name)]
    if not paths:
        kinds = " ".join(sorted(PICTURE_SUFFIXES))
        raise SourceError(f"{folder}: no picture in this folder; known kinds: {kinds}")
    return sorted(paths, key=_natural)


class PictureFolder(Source):
    """A folder of pictures played as a drive, the first one at 0 s.

    A picture that can't be read becomes a `Gap` (lost) at its time and a warning.
    """

    clock: Clock = "media"

    def __init__(self, folder: Path, name: str, fps: float) -> None:
        """List the folder.

        Args:
            folder: searched as `picture_paths` does.
            name: of the source, as given.
            fps: pictures a second.

        Raises:
            SourceError: no picture, or a folder that can't be listed.

        """
        self._paths = picture_paths(folder)
        self._fps = fps
        self.name = name
        self.stem = folder.resolve().name
        self.frame_count = len(self._paths)
        self.duration_s = len(self._paths) / fps

    def events(self) -> Iterator[Event]:
        """Yield a frame or gap for each picture.

        Raises:
            SourceError: not one of the pictures can be read.

        """
        index = 0
        for place, path in enumerate(self._paths):
            t = round(place / self._fps, TIME_DECIMALS)
            try:
                image = load_picture(path)
            except DrivermonError as error:
                logger.warning("%s", error)
                yield Gap(t, GapCause.LOST)
                continue
            yield Frame(image, t, index, self.name)
            index += 1
        if not index:
            raise SourceError(f"{self.name}: none of the {len(self._paths)} pictures can be read")

    def close(self) -> None:
        """Do nothing: every picture's file is closed once it is read."""


def _decoded(data: bytes) -> Any:
    # OpenCV tells standard error what our own message says better
    level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        buffer = np.frombuffer(data, np.uint8)
        return cv2.imdecode(buffer, cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH)
    except cv2.error:
        return None
    finally:
        cv2.utils.logging.setLogLevel(level)


def _is_picture(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() in PICTURE_SUFFIXES


def _natural(path: Path) -> list[list[tuple[int, str]]]:
    """Key that compares the numbers in names as numbers, folder by folder."""
    return [
        [(int(part), "") if part.isdecimal() else (-1, part.lower()) for part in re.split(r"(\d+)", name)]
        for name in path.parts
    ]
