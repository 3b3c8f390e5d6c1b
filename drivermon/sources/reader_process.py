"""The process that reads a camera for `process_reader`: `python -m drivermon.sources.reader_process FD`.

It imports only what it needs, to start soon and to stay small.
"""

import json
import signal
import socket
import sys
from contextlib import suppress

from drivermon.leash import end_with
from drivermon.sources.reading import OPENCV_Y10, HandOver, Image, Target, read_pictures
from drivermon.sources.shared_pictures import PictureSender

_OF_THE_PARENT = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What a terminal or systemd sends to all processes: the parent decides when this one ends."""


def main() -> None:
    """Read what the parent asks for on the socket with the number in `sys.argv`, and send the pictures."""
    for number in _OF_THE_PARENT:
        signal.signal(number, signal.SIG_IGN)
    channel = socket.socket(fileno=int(sys.argv[1]))
    request = json.loads(channel.recv(1 << 16))
    end_with(request.pop("parent"), signal.SIGKILL)
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


if __name__ == "__main__":
    main()
