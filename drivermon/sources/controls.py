"""Controls of a V4L2 device that FFmpeg has no option for: exposure and gain, by ioctl(2)."""

import errno
import fcntl
import os
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivermon.errors import SourceError

QUERYCTRL = 0xC0445624
S_CTRL = 0xC008561C
"""VIDIOC_QUERYCTRL and VIDIOC_S_CTRL of linux/videodev2.h, alike on x86 and ARM."""

_QUERY = struct.Struct("=II32siiiiI8x")
_VALUE = struct.Struct("=Ii")

_DISABLED = 0x0001

Ioctl = Callable[[int, int, bytearray], int]


@dataclass(frozen=True, slots=True)
class Control:
    """A control of V4L2.

    Attributes:
        number: its V4L2_CID.
        setting: as which the user knows it.
        unit: in which the device counts, of the setting's.

    """

    number: int
    setting: str
    unit: float = 1.0


CONTROLS = {
    "exposure_mode": Control(0x009A0901, "camera.exposure_ms"),
    "exposure": Control(0x009A0902, "camera.exposure_ms", 0.1),
    "gain_mode": Control(0x00980912, "camera.gain"),
    "gain": Control(0x00980913, "camera.gain"),
}
"""By name: V4L2_CID_EXPOSURE_AUTO, EXPOSURE_ABSOLUTE (in 100 us), AUTOGAIN and GAIN."""

OPTIONAL = ("exposure_mode", "gain_mode")
"""A camera without an automatic needs none to be switched off."""

MANUAL_EXPOSURE = 1
"""V4L2_EXPOSURE_MANUAL; V4L2_CID_AUTOGAIN is off at 0."""


def set_controls(device: str, values: Mapping[str, int], ioctl: Ioctl = fcntl.ioctl) -> None:
    """Set controls of a device, in the order of `values`; it keeps them until it loses power.

    Args:
        device: path of the device.
        values: by the names in `CONTROLS`, in the device's own units.
        ioctl: as fcntl's.

    Raises:
        SourceError: the device has no such control, or does not take the value.

    """
    try:
        descriptor = os.open(device, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        raise SourceError(f"{device}: can't be opened to set its controls: {error.strerror}") from None
    try:
        for name, value in values.items():
            _set(descriptor, device, name, value, ioctl)
    finally:
        os.close(descriptor)


def _set(descriptor: int, device: str, name: str, value: int, ioctl: Ioctl) -> None:
    control = CONTROLS[name]
    query = bytearray(_QUERY.pack(control.number, 0, b"", 0, 0, 0, 0, 0))
    try:
        ioctl(descriptor, QUERYCTRL, query)
        _, _, _, low, high, _, _, flags = _QUERY.unpack(query)
        exists = not flags & _DISABLED
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTTY):
            raise SourceError(f"{device}: {control.setting}: can't be asked for: {error.strerror}") from None
        exists = False
    if not exists:
        if name in OPTIONAL:
            return
        raise SourceError(
            f"{device}: the camera has no control for {control.setting}; take the setting out "
            "(`v4l2-ctl --list-ctrls` shows what it has)"
        )
    if not low <= value <= high:
        allowed = f"{low * control.unit:g} to {high * control.unit:g}"
        raise SourceError(f"{device}: {control.setting} must be {allowed} for this camera")
    try:
        ioctl(descriptor, S_CTRL, bytearray(_VALUE.pack(control.number, value)))
    except OSError as error:
        raise SourceError(f"{device}: {control.setting}: can't be set: {error.strerror}") from None
