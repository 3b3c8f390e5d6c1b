"""Pictures turned upright: by the display matrix of a file, or by the settings of the camera."""

import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from drivermon.events import Frame

if TYPE_CHECKING:  # the process that reads a camera does without
    from drivermon.messages import Event

Image = NDArray[np.uint8]


def by_display_matrix(image: Image, matrix: bytes) -> Image:
    """Return `image` (H, W[, 3]) as a player would show it.

    `matrix` is a file's display matrix: nine 32-bit numbers, rows (a, b, u), (c, d, v), (x, y, w),
    that map a pixel to (a x + c y, b x + d y). Turns are taken to the nearest quarter, with flips.
    """
    a, b, _, c, d = struct.unpack_from("=5i", matrix)
    if abs(b) > abs(a):
        image = image.swapaxes(0, 1)
        a, d = c, b
    if a < 0:
        image = image[:, ::-1]
    if d < 0:
        image = image[::-1]
    return np.ascontiguousarray(image)


def upright(events: "Iterator[Event]", rotate_deg: int, mirror: bool) -> "Iterator[Event]":
    """Yield `events` with every picture unmirrored first if `mirror`, then turned clockwise.

    Args:
        events: in time order.
        rotate_deg: 0, 90, 180 or 270 degrees clockwise.
        mirror: the pictures are mirrored left to right.

    """
    for event in events:
        if isinstance(event, Frame):
            image = event.image[:, ::-1] if mirror else event.image
            turned = np.rot90(image, k=-(rotate_deg // 90))
            yield replace(event, image=np.ascontiguousarray(turned))
        else:
            yield event
