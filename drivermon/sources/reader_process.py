"""The process that reads a camera for `process_reader`: `python -m drivermon.sources.reader_process FD`.

It imports only what it needs, to start soon and to stay small.
"""

import ctypes
import json
import os
import signal
import socket
import sys
from contextlib import suppress

from drivermon.sources.reading import OPENCV_Y10, HandOver, Image, Target, read_pictures
from drivermon.sources.shared_pictures import PictureSender

_PR_SET_PDEATHSIG = 1

_OF_THE_PARENT = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What a terminal or systemd sends to all processes: the parent decides when this one ends."""


def main() -> None:
    """Read what the parent asks for on the socket with the number in `sys.argv`, and send the pictures."""
    for number in _OF_THE_PARENT:
        signal.signal(number, signal.SIG_IGN)
    channel = socket.socket(fileno=int(sys.argv[1]))
    request = json.loads(channel.recv(1 << 16))
    _die_with(request.pop("parent"))
    name = request.pop("name")
    sender = PictureSender(channel)

    def hand_over(image: Image, t: float, _: int) -> bool:
        sender.send(image, t)
        return True

    with suppress(ConnectionError):  # nobody wants pictures any more
        sender.say(_read(Target(**request), name, hand_over))


def _read(target: Target, name: str, hand_over: HandOver) -> str:
    if target.format != OPENCV_Y10:
        return read_pictures(target, name, hand_over)
    from drivermon.sources import opencv_camera  # noqa: PLC0415 - large, and seldom needed

    return opencv_camera.read_pictures(target, hand_over)


def _die_with(parent: int) -> None:
    """Be killed when the parent ends in whatever way, also while a read hangs: prctl(2)."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the parent has ended meanwhile")


if __name__ == "__main__":
    main()
