"""Reading a device or stream with PyAV, picture by picture, until there are no more.

Imported by the process that reads a camera too: it needs nothing but PyAV and NumPy.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from drivermon.errors import DrivermonError
from drivermon.events import TIME_DECIMALS, checked_image
from drivermon.sources.controls import set_controls
from drivermon.sources.decoding import PictureReader, reason_of

OPEN_TIMEOUT_S = 5.0
"""Longest wait for a connection: a camera on a slow network needs seconds."""

READ_TIMEOUT_S = 1.5
"""Longest wait for data of a stream, after which the connection is given up and made anew."""

DEVICE_CLOCK_S = 2.0
"""A device's timestamp this close before the monotonic clock's time is taken to be on that clock."""

OPENCV_Y10 = "opencv-y10"
"""The format of a camera that `opencv_camera` reads."""

WHOLE_BITS = 16
GRAY_16 = ("gray16le", "gray16be")

Image = NDArray[np.uint8]

HandOver = Callable[[Image, float, int], bool]
"""Takes a picture, its capture time in monotonic seconds and its number since the opening, from 0;
returns whether more are wanted."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked to be opened.

    Attributes:
        url: device, file or address, passwords included.
        format: name of PyAV's input format, `None` to have it found out, or `OPENCV_Y10`.
        options: of format, protocol and decoder.
        controls: settings of a V4L2 device, by the names in `controls.CONTROLS`.
        gray_bits: significant bits of a 16-bit gray pixel, the lowest ones.

    """

    url: str
    format: str | None
    options: Mapping[str, str]
    controls: Mapping[str, int] = field(default_factory=dict)
    gray_bits: int = 16


def read_pictures(target: Target, name: str, hand_over: HandOver) -> str:
    """Hand over pictures until there are no more or none is wanted, and return why.

    Args:
        target: what to open.
        name: of the source in errors, without a password.
        hand_over: must not block.

    """
    try:
        with av.open(
            target.url,
            format=target.format,
            options=dict(target.options),
            timeout=(OPEN_TIMEOUT_S, READ_TIMEOUT_S),
        ) as container:
            if not container.streams.video:
                return "it carries no video"
            if target.controls:
                set_controls(target.url, target.controls)
            reader = PictureReader(name)
            number = 0
            for packet in container.demux(container.streams.video[0]):
                arrived = monotonic_now()  # before decoding, which is part of the latency
                for picture in _decoded(packet):
                    image = _image(picture, reader, target)
                    if not hand_over(image, _capture_time(picture, arrived), number):
                        return "it was closed"
                    number += 1
    except av.FFmpegError as error:
        return reason_of(error)
    except DrivermonError as error:
        return str(error)
    return "the stream ended"


def monotonic_now() -> float:
    """Return this moment on the monotonic clock, in seconds, rounded as the time of an event."""
    return round(time.monotonic(), TIME_DECIMALS)


def _decoded(packet: "av.Packet[av.VideoStream]") -> list[av.VideoFrame]:
    try:
        return packet.decode()
    except av.InvalidDataError:
        # cameras now and then send a picture that is torn; the next one is whole again
        return []


def _image(picture: av.VideoFrame, reader: PictureReader, target: Target) -> Image:
    if picture.format.name not in GRAY_16 or target.gray_bits == WHOLE_BITS:
        return reader.image(picture)
    return narrowed(picture.to_ndarray().astype(np.uint16), target.gray_bits, target.url)


def narrowed(wide: NDArray[np.uint16], bits: int, where: str) -> Image:
    """Return a gray picture of 16-bit pixels, of which the lowest `bits` count, in 8 bits.

    Raises:
        FrameError: a side is longer than `MAX_SIDE_PX`; `where` names the source.

    """
    # what lies above the bits that count is white
    return checked_image(np.minimum(wide >> (bits - 8), 255).astype(np.uint8), where)


def device_time(stamped: float, arrived: float) -> float:
    """Return a device's timestamp where it is on the monotonic clock, else when the picture arrived."""
    on_the_clock = arrived - DEVICE_CLOCK_S <= stamped <= arrived
    return round(stamped, TIME_DECIMALS) if on_the_clock else arrived


def _capture_time(picture: av.VideoFrame, arrived: float) -> float:
    if picture.pts is None or picture.time_base is None:
        return arrived
    return device_time(float(picture.pts * Fraction(picture.time_base)), arrived)
