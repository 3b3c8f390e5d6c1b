"""A network camera for the benchmark, in a process of its own: `python -m drivermon.benchmarking.camera`.

It reads from standard input one line of JSON, `{"fps": F, "sizes": [N, ...]}`, and the JPEGs of
these sizes; writes the port it listens on (loopback only) as a line; and sends whoever connects
these pictures over and over, `F` a second, as MJPEG over HTTP. When standard input ends, however
whoever started it did end, it writes `{"connections": N, "sent": [monotonic seconds, ...]}` and ends.
"""

import itertools
import json
import os
import socket
import sys
import threading
import time
from typing import Any, BinaryIO

_HEADER = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=part\r\n\r\n"
_PART = b"--part\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n"


class Camera:
    """Serves one client after another.

    Attributes:
        connections: how many clients have come.
        sent: when each picture was sent, monotonic seconds, over all connections.

    """

    def __init__(self, parts: list[bytes], fps: float) -> None:
        self.connections = 0
        self.sent: list[float] = []
        self._parts = parts
        self._interval_s = 1.0 / fps

    def serve(self, listening: socket.socket) -> None:
        """Serve until `listening` is shut down."""
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            self.connections += 1
            with client:
                try:
                    self._show(client)
                except OSError:  # the client has gone; the next one is welcome
                    continue

    def _show(self, client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.recv(4096)  # whatever it asks for, it gets the pictures
        client.sendall(_HEADER)
        begun = time.monotonic()
        for number, part in enumerate(itertools.cycle(self._parts)):
            time.sleep(max(0.0, begun + number * self._interval_s - time.monotonic()))
            self.sent.append(time.monotonic())
            client.sendall(part)


def read_pictures(stream: BinaryIO) -> tuple[list[bytes], float]:
    """Return the JPEGs and the rate that a benchmark writes."""
    told: dict[str, Any] = json.loads(stream.readline())
    return [stream.read(size) for size in told["sizes"]], float(told["fps"])


def main() -> None:
    """Serve until standard input ends."""
    jpegs, fps = read_pictures(sys.stdin.buffer)
    camera = Camera([_PART % (len(jpeg), jpeg) for jpeg in jpegs], fps)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=camera.serve, args=(listening,), daemon=True).start()
        _say(listening.getsockname()[1])
        sys.stdin.buffer.read()
        try:
            _say({"connections": camera.connections, "sent": camera.sent.copy()})
        except BrokenPipeError:  # whoever started it is gone; so shall be what Python would still write
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
