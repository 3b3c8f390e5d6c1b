"""Who reads: this process, or one of its own that can be killed when a read hangs for ever."""

import json
import logging
import os
import select
import socket
import subprocess
import sys
from dataclasses import asdict
from typing import Protocol

from drivermon.sources.reading import HandOver, Target, read_pictures
from drivermon.sources.shared_pictures import PictureReceiver

START_TIMEOUT_S = 3.0
"""Longest wait for the first picture of a device, the start of its process included."""

SILENCE_S = 1.0
"""A device that gives no picture for so long is opened anew."""

PIPE_TURN_MS = 250

END_S = 0.5
"""Longest wait for the end of a killed process: one that the driver holds can't even be killed."""

logger = logging.getLogger(__name__)


class Hung(Exception):  # noqa: N818 - no error but an ending
    """A read did not come back."""


class Reader(Protocol):
    """Opens and reads one device or stream, once at a time."""

    def read(self, hand_over: HandOver) -> str:
        """Hand over pictures until there are no more, and return why.

        Raises:
            Hung: a read did not come back and was given up.

        """
        ...

    def close(self) -> None:
        """Let go of the device as soon as can be, from any thread."""
        ...


class ThreadReader(Reader):
    """Reads in the caller's thread; for streams, whose reads have a time-out."""

    def __init__(self, target: Target, name: str) -> None:
        self._target = target
        self._name = name

    def read(self, hand_over: HandOver) -> str:
        """Hand over pictures until there are no more, and return why."""
        return read_pictures(self._target, self._name, hand_over)

    def close(self) -> None:
        """Do nothing: a read can't be broken off."""


class PipeReader(Reader):
    """Reads a FIFO in the caller's thread.

    Not in a process that is killed when a read hangs: that would end who writes.
    """

    def __init__(self, path: str, name: str, gray_bits: int) -> None:
        self._path = path
        self._name = name
        self._gray_bits = gray_bits
        self._closed = False

    def read(self, hand_over: HandOver) -> str:
        """Wait for a writer, hand over pictures until it ends, and return why there are no more."""
        try:
            # would hang for ever otherwise, when the FIFO is removed before anybody writes
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            return (error.strerror or str(error)).lower()
        try:
            poller = select.poll()
            poller.register(descriptor, select.POLLIN)
            while not poller.poll(PIPE_TURN_MS):
                if self._closed or not _is_still(self._path, descriptor):
                    return "it was removed before anybody wrote to it"
            os.set_blocking(descriptor, True)
            target = Target(f"pipe:{descriptor}", None, {}, gray_bits=self._gray_bits)
            return read_pictures(target, self._name, hand_over)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Wait for no writer any more; a read that hangs can't be broken off."""
        self._closed = True


class ProcessReader(Reader):
    """Reads in a process of its own, which is killed when its device hangs and when this process ends.

    Args:
        target: what to open.
        name: of the source, without a password.
        silence_s: without a picture until the process is killed.
        start_timeout_s: the same before the first picture.

    """

    def __init__(
        self,
        target: Target,
        name: str,
        silence_s: float = SILENCE_S,
        start_timeout_s: float = START_TIMEOUT_S,
    ) -> None:
        self._target = target
        self._name = name
        self._silence_s = silence_s
        self._start_timeout_s = start_timeout_s
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, hand_over: HandOver) -> str:
        """Hand over pictures until there are no more, and return why; the thread must outlive the call.

        The kernel kills the process with the thread that started it.

        Raises:
            Hung: the device gave nothing in time; the process was killed.

        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            with theirs:
                process = self._started(theirs)
            try:
                self._ask(ours)
                return self._received(ours, hand_over) or _ending(process)
            finally:
                _kill(process)

    def close(self) -> None:
        """Kill the process, if there is one: `read` then returns."""
        if self._process is not None:
            self._process.kill()

    def _started(self, theirs: socket.socket) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "drivermon.sources.reader_process", str(theirs.fileno())]
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            command,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        return self._process

    def _ask(self, ours: socket.socket) -> None:
        # not in the command line, which everybody can read
        request = {**asdict(self._target), "name": self._name, "parent": os.getpid()}
        ours.send(json.dumps(request).encode())

    def _received(self, ours: socket.socket, hand_over: HandOver) -> str:
        receiver = PictureReceiver(ours)
        timeout_s = self._start_timeout_s
        try:
            while (shared := receiver.receive(timeout_s)) is not None:
                if not hand_over(shared.image, shared.t, shared.number):
                    return "it was closed"
                timeout_s = self._silence_s
        except TimeoutError:
            raise Hung(f"a read hangs for {timeout_s:g} s") from None
        return receiver.said


def _is_still(path: str, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except OSError:
        return False


def _ending(process: "subprocess.Popen[bytes]") -> str:
    """Say how a process ended that has said nothing."""
    try:
        return f"the process that reads it has ended with status {process.wait(END_S)}"
    except subprocess.TimeoutExpired:
        return "the process that reads it is silent"


def _kill(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        logger.error("process %d can't be killed: the driver of the camera holds it", process.pid)
