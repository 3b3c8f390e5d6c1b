"""The pictures that the benchmark shows: those of a recording, all of one size, as JPEG."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.config import Settings
from drivermon.errors import SourceError
from drivermon.events import Frame
from drivermon.messages import Event
from drivermon.sources import Source, open_source
from drivermon.sources.source import StagedSource

WIDTH_PX, HEIGHT_PX = 640, 480
FPS: Final = 30.0
"""What the budgets hold for."""

JPEG_QUALITY: Final = 85
"""About what cameras that send MJPEG use."""


def open_scaled(uri: str, settings: Settings) -> Source:
    """Open a recording whose pictures come scaled to 640x480.

    Raises:
        SourceError: it can't be opened, or is a camera.

    """
    source = open_source(uri, settings)
    if source.clock == "monotonic":
        source.close()
        raise SourceError(f"{uri}: a camera or stream; the benchmark needs a recording, that of one will do")
    return StagedSource(source, [_scaled])


def load_jpegs(uri: str, settings: Settings, count: int) -> list[bytes]:
    """Return the first `count` pictures of a recording, or all if it has fewer, as 640x480 JPEG.

    Raises:
        SourceError: as `open_scaled`; can't be read; has fewer than two pictures.

    """
    with open_scaled(uri, settings) as source:
        frames = (event for event in source.events() if isinstance(event, Frame))
        jpegs = [encoded(frame.image) for frame in islice(frames, count)]
    if len(jpegs) < 2:
        raise SourceError(f"{uri}: holds {len(jpegs)} pictures; the benchmark needs a recording with a face")
    return jpegs


def to_and_fro(jpegs: list[bytes]) -> list[bytes]:
    """Return the pictures forward and then back, so that they can be repeated without a jump."""
    return jpegs + jpegs[-2:0:-1]


def encoded(image: NDArray[np.uint8]) -> bytes:
    """Return a picture as JPEG."""
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes()


def _scaled(events: Iterator[Event]) -> Iterator[Event]:
    for event in events:
        if isinstance(event, Frame) and event.image.shape[:2] != (HEIGHT_PX, WIDTH_PX):
            image = cv2.resize(event.image, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA)
            yield Frame(np.asarray(image, np.uint8), event.t, event.index, event.source)
        else:
            yield event
