"""Reading what has arrived on a socket, without waiting and without end."""

from collections.abc import Iterator

import zmq


def arrived(socket: "zmq.Socket[bytes]", at_once: int) -> Iterator[list[bytes]]:
    """Yield up to `at_once` messages that are there already; never blocks.

    The limit keeps one peer's flood from delaying everything else that its thread does.
    """
    for _ in range(at_once):
        try:
            yield socket.recv_multipart(zmq.DONTWAIT)
        except zmq.Again:
            return
