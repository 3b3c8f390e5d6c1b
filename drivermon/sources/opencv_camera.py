"""Reading a V4L2 camera with OpenCV, for the pixel formats that FFmpeg can't read: 10-bit gray, Y10.

Imported by the process that reads such a camera only: OpenCV is large.
"""

import os
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from drivermon.errors import DrivermonError
from drivermon.sources.controls import set_controls
from drivermon.sources.reading import HandOver, Target, device_time, monotonic_now, narrowed

FOURCC = cv2.VideoWriter.fourcc(*"Y10 ")

Open = Callable[[str], Any]
"""From the path of a device to what behaves as OpenCV's capture of it."""


def open_v4l2(device: str) -> cv2.VideoCapture:
    """Open a device by OpenCV's own V4L2 code."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)  # why is said here
    return cv2.VideoCapture(device, cv2.CAP_V4L2)


def read_pictures(target: Target, hand_over: HandOver, open_device: Open = open_v4l2) -> str:
    """Hand over pictures until there are no more or none is wanted, and return why.

    Args:
        target: the device; its option `video_size` is WIDTHxHEIGHT, `framerate` in Hz.
        hand_over: must not block.
        open_device: opens it.

    """
    try:
        os.close(os.open(target.url, os.O_RDWR | os.O_CLOEXEC))  # OpenCV says no reason
    except OSError as error:
        return (error.strerror or str(error)).lower()
    capture = open_device(target.url)
    try:
        if not capture.isOpened():
            return "it is no camera that can be read, or another program has it"
        _ask_for(capture, target)
        if int(capture.get(cv2.CAP_PROP_FOURCC)) != FOURCC:
            return "it gives no Y10; set camera.pixel_format to one that `v4l2-ctl --list-formats` shows"
        if target.controls:
            set_controls(target.url, target.controls)
        return _read(capture, target, hand_over)
    except DrivermonError as error:
        return str(error)
    finally:
        capture.release()


def _ask_for(capture: Any, target: Target) -> None:
    width, height = (int(side) for side in target.options["video_size"].split("x"))
    capture.set(cv2.CAP_PROP_FOURCC, FOURCC)
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
    capture.set(cv2.CAP_PROP_FPS, float(target.options["framerate"]))
    capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)  # all bits, in one channel


def _read(capture: Any, target: Target, hand_over: HandOver) -> str:
    number = 0
    while capture.grab():
        arrived = monotonic_now()
        taken, wide = capture.retrieve()
        if not taken or wide.dtype != np.uint16:
            return "its pictures can't be read"
        t = device_time(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000, arrived)
        if not hand_over(narrowed(wide, target.gray_bits, target.url), t, number):
            return "it was closed"
        number += 1
    return "it gives no pictures any more"
