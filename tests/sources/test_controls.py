"""Exposure and gain by ioctl, against a device that answers as the kernel's documentation says."""

import errno
import os
import struct
from pathlib import Path

import pytest

from drivermon.errors import SourceError
from drivermon.sources.controls import CONTROLS, QUERYCTRL, S_CTRL, set_controls

DISABLED = 1


class Device:
    """A V4L2 device with some controls: number -> (lowest, highest, flags)."""

    def __init__(self, ranges: dict[str, tuple[int, int, int]]) -> None:
        self.ranges = {CONTROLS[name].number: limits for name, limits in ranges.items()}
        self.values: list[tuple[int, int]] = []

    def ioctl(self, descriptor: int, request: int, argument: bytearray) -> int:
        os.fstat(descriptor)  # is open
        (number,) = struct.unpack_from("=I", argument)
        if number not in self.ranges:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        low, high, flags = self.ranges[number]
        if request == QUERYCTRL:
            assert len(argument) == 68  # struct v4l2_queryctrl
            struct.pack_into("=iiiiI", argument, 40, low, high, 1, low, flags)
        else:
            assert request == S_CTRL
            assert len(argument) == 8  # struct v4l2_control
            self.values.append(struct.unpack("=Ii", argument))
        return 0


CAMERA = {"exposure_mode": (0, 3, 0), "exposure": (3, 2047, 0), "gain": (0, 255, 0)}


@pytest.fixture
def path(tmp_path: Path) -> str:
    file = tmp_path / "video0"
    file.touch()
    return str(file)


def test_values_are_set_in_their_order(path: str) -> None:
    device = Device(CAMERA)
    values = {"exposure_mode": 1, "exposure": 150, "gain_mode": 0, "gain": 12}
    set_controls(path, values, device.ioctl)
    assert device.values == [(0x009A0901, 1), (0x009A0902, 150), (0x00980913, 12)], (
        "no gain_mode: none needed"
    )


@pytest.mark.parametrize("ranges", [{}, {"gain": (0, 255, DISABLED)}], ids=["missing", "disabled"])
def test_a_missing_control_is_named(path: str, ranges: dict[str, tuple[int, int, int]]) -> None:
    device = Device(ranges)
    with pytest.raises(SourceError, match=r"video0: the camera has no control for camera\.gain; take"):
        set_controls(path, {"gain": 12}, device.ioctl)
    assert device.values == []


def test_a_value_out_of_range_names_the_range_in_the_settings_unit(path: str) -> None:
    device = Device(CAMERA)
    with pytest.raises(SourceError, match=r"camera\.exposure_ms must be 0\.3 to 204\.7 for this camera"):
        set_controls(path, {"exposure": 5000}, device.ioctl)
    with pytest.raises(SourceError, match=r"camera\.gain must be 0 to 255 for this camera"):
        set_controls(path, {"gain": 256}, device.ioctl)


def test_a_device_that_is_no_camera_or_not_there_is_said(path: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"video0: the camera has no control for camera\.gain"):
        set_controls(path, {"gain": 12})  # the kernel's own answer: ENOTTY
    with pytest.raises(SourceError, match="nothing: can't be opened to set its controls: No such file"):
        set_controls(str(tmp_path / "nothing"), {"gain": 12})
