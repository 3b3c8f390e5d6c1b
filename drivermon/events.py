"""What flows in: frames, gaps and vehicle signals, in one time-ordered stream.

`t` is capture time in seconds: the driver's timestamp for a camera, the presentation
time for a recording. Nothing downstream reads another clock.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from drivermon.errors import FrameError

TIME_DECIMALS = 6
"""Decimals of `t` in seconds: a microsecond, finer than any camera's timestamps."""

MAX_SIDE_PX = 8192
"""Largest picture side that is taken; an 8K picture passes, a corrupt header does not."""


class GapCause(StrEnum):
    """Why a source has no picture."""

    STARTING = "starting"
    LOST = "lost"
    FROZEN = "frozen"
    HUNG = "hung"


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture.

    Attributes:
        image: uint8, (H, W) gray or (H, W, 3) BGR, C-contiguous.
        t: capture time in seconds.
        index: running number of the decoded frame in its source, from 0.
        source: name of the source, as given to `open_source`.

    """

    image: NDArray[np.uint8]
    t: float
    index: int
    source: str


@dataclass(frozen=True, slots=True)
class Gap:
    """No picture at `t`, and why.

    A source emits one at least every 0.5 s while it has no frame, so that time goes on
    when frames stop.
    """

    t: float
    cause: GapCause


SignalValue = float | bool | str | None


@dataclass(frozen=True, slots=True)
class VehicleSignal:
    """A value that the vehicle reports from `t` on; `None` says that it is unknown.

    Names and units: `speed` km/h, `gear` ("P", "R", "N", "D" or a number), `turn_signal`
    ("left", "right", "off"), `steering_angle` degrees, positive to the left.
    Other names pass through unread.
    """

    t: float
    name: str
    value: SignalValue


def checked_image(image: NDArray[np.uint8], where: str) -> NDArray[np.uint8]:
    """Return `image` as uint8 gray (H, W) or BGR (H, W, 3), or say why it can't be used.

    A fourth (alpha) channel is dropped and a single channel axis squeezed.

    Raises:
        FrameError: not uint8, not two- or three-dimensional, empty, or a side over `MAX_SIDE_PX`.

    """
    if image.dtype != np.uint8:
        raise FrameError(f"{where}: pixels are {image.dtype}, need uint8; convert the picture to 8 bit")
    if image.ndim == 3 and image.shape[2] == 4:
        image = image[:, :, :3]
    elif image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3):
        raise FrameError(f"{where}: a picture of shape {image.shape}; need (H, W), (H, W, 3) or (H, W, 4)")
    height, width = image.shape[:2]
    if not (0 < height <= MAX_SIDE_PX and 0 < width <= MAX_SIDE_PX):
        raise FrameError(f"{where}: a picture of {width}x{height}; sides must be 1 to {MAX_SIDE_PX} px")
    return np.ascontiguousarray(image)


def checked_time(t: float, where: str) -> float:
    """Return `t` rounded to `TIME_DECIMALS`.

    Raises:
        FrameError: `t` is not finite.

    """
    if not math.isfinite(t):
        raise FrameError(f"{where}: time {t} is not a finite number of seconds")
    return round(t, TIME_DECIMALS)
