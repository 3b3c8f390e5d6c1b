"""Pictures from one process to another: pixels through shared memory, the rest through a socket.

The sender never waits for the receiver: it writes over the oldest picture. The receiver takes the
newest, copies it, and looks afterwards whether it was written over meanwhile.
"""

import mmap
import os
import socket
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SLOTS = 4
"""Pictures that the memory holds: the receiver has the time of three to copy one, a tenth of a second."""

_BEGUN = struct.Struct("=Q")
"""At the beginning of the memory: the number of the picture that is being written or was written last."""

_HEADER_BYTES = 4096
_PICTURE = struct.Struct("=cQdIIIQ")
_TEXT = b"t"
_LONGEST = 2048

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class SharedPicture:
    """A picture as received.

    Attributes:
        image: uint8, (H, W) or (H, W, 3), the receiver's own copy.
        t: capture time, monotonic seconds.
        number: of the picture among all that were sent, from 0.

    """

    image: Image
    t: float
    number: int


class PictureSender:
    """Belongs to one thread of the process that reads the camera.

    Args:
        channel: end of a connected pair of `AF_UNIX`, `SOCK_SEQPACKET`.

    """

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._memory: mmap.mmap | None = None
        self._descriptor = -1
        self._slot_bytes = 0
        self._is_told = False
        self._number = 0

    def send(self, image: Image, t: float) -> None:
        """Show a picture to the receiver; one that is far behind does not hear of it.

        Raises:
            ConnectionError: the receiver is gone.

        """
        memory = self._memory
        if memory is None or image.nbytes > self._slot_bytes:
            memory = self._make(image.nbytes)
        number = self._number
        self._number += 1
        _BEGUN.pack_into(memory, 0, number)
        start = _HEADER_BYTES + number % SLOTS * self._slot_bytes
        np.frombuffer(memory, np.uint8, image.nbytes, start)[:] = image.reshape(-1)
        height, width = image.shape[:2]
        channels = image.shape[2] if image.ndim == 3 else 0
        record = _PICTURE.pack(b"p", number, t, height, width, channels, self._slot_bytes)
        try:
            if self._is_told:
                self._channel.send(record, socket.MSG_DONTWAIT)
            else:
                socket.send_fds(self._channel, [record], [self._descriptor], socket.MSG_DONTWAIT)
                self._is_told = True
        except BlockingIOError:
            pass  # it comes back when all of these have been written over, and hears of the next one

    def say(self, text: str) -> None:
        """Tell the receiver why no more pictures come."""
        self._channel.send(_TEXT + text.encode()[: _LONGEST - 1])

    def _make(self, picture_bytes: int) -> mmap.mmap:
        """Return fresh memory for pictures of this size; the receiver keeps the old as long as it likes."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._slot_bytes = picture_bytes
        size = _HEADER_BYTES + SLOTS * picture_bytes
        self._descriptor = os.memfd_create("drivermon-pictures")
        os.ftruncate(self._descriptor, size)
        self._memory = mmap.mmap(self._descriptor, size)
        self._is_told = False
        return self._memory


class PictureReceiver:
    """Belongs to one thread of the process that wants the pictures.

    Args:
        channel: the other end.

    Attributes:
        said: why no more pictures come, empty while nothing was said.

    """

    def __init__(self, channel: socket.socket) -> None:
        self.said = ""
        self._channel = channel
        self._memory: mmap.mmap | None = None

    def receive(self, timeout_s: float) -> SharedPicture | None:
        """Return the newest picture; `None` when the sender is gone, or will send no more.

        Raises:
            TimeoutError: nothing came for `timeout_s` seconds.

        """
        while True:
            self._channel.settimeout(timeout_s)
            newest = message = self._next()
            self._channel.settimeout(0.0)
            try:
                while message:
                    newest = message
                    message = self._next()
            except BlockingIOError:
                pass
            if not newest:
                return None
            picture = self._copied(newest)
            if picture is not None:
                return picture

    def _next(self) -> bytes:
        """Return the next picture's record, empty at the end, and take over the memory that comes with it."""
        message, descriptors, _, _ = socket.recv_fds(self._channel, _LONGEST, 1)
        for descriptor in descriptors:
            self._memory = mmap.mmap(descriptor, 0, prot=mmap.PROT_READ)
            os.close(descriptor)
        if message.startswith(_TEXT):
            self.said = message[len(_TEXT) :].decode(errors="replace")
            return b""
        return message

    def _copied(self, record: bytes) -> SharedPicture | None:
        """Return a picture, `None` when it was written over meanwhile."""
        _, number, t, height, width, channels, slot_bytes = _PICTURE.unpack(record)
        if self._memory is None:
            return None
        shape = (height, width, channels) if channels else (height, width)
        start = _HEADER_BYTES + number % SLOTS * slot_bytes
        count = height * width * max(1, channels)
        image = np.frombuffer(self._memory, np.uint8, count, start).reshape(shape).copy()
        (begun,) = _BEGUN.unpack_from(self._memory, 0)
        return SharedPicture(image, t, number) if begun < number + SLOTS else None
