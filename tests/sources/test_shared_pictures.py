"""Pictures through shared memory: the newest whole one, however far the receiver is behind."""

import os
import socket
from collections.abc import Iterator

import numpy as np
import pytest

from drivermon.sources.shared_pictures import SLOTS, PictureReceiver, PictureSender, SharedPicture
from tests.sources.videos import picture

Pair = tuple[PictureSender, PictureReceiver]

AT_ONCE_S = 30.0
"""A time-out far beyond what anything takes."""


@pytest.fixture
def sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    yield ends
    for end in ends:
        end.close()


@pytest.fixture
def pair(sockets: tuple[socket.socket, socket.socket]) -> Pair:
    return PictureSender(sockets[0]), PictureReceiver(sockets[1])


def received(receiver: PictureReceiver) -> SharedPicture:
    shared = receiver.receive(AT_ONCE_S)
    assert shared is not None
    return shared


@pytest.mark.parametrize("image", [picture(1), picture(2)[..., 0]], ids=["colour", "gray"])
def test_a_picture_arrives_as_it_was(pair: Pair, image: np.ndarray) -> None:
    sender, receiver = pair
    sender.send(np.ascontiguousarray(image), 12.25)
    shared = received(receiver)
    assert np.array_equal(shared.image, image)
    assert (shared.t, shared.number) == (12.25, 0)
    sender.send(np.zeros_like(image), 13.0)
    assert np.array_equal(shared.image, image), "a copy, which no later picture touches"


def test_the_newest_wins(pair: Pair) -> None:
    sender, receiver = pair
    for number in range(20):
        sender.send(picture(number), float(number))
    shared = received(receiver)
    assert (shared.t, shared.number) == (19.0, 19)
    assert np.array_equal(shared.image, picture(19))


def test_a_receiver_that_never_reads_does_not_hold_the_sender_up(pair: Pair) -> None:
    sender, receiver = pair
    for number in range(2000):
        sender.send(np.full((4, 4), number % 251, np.uint8), float(number))
    with pytest.raises(TimeoutError):
        receiver.receive(0.001)  # all that it was told of have been written over
    sender.send(picture(1), 2000.0)
    assert np.array_equal(received(receiver).image, picture(1))


def test_sizes_may_change_and_more_memory_is_taken_when_needed(pair: Pair) -> None:
    sender, receiver = pair
    for width, height in [(64, 48), (32, 24), (160, 120), (64, 48)]:
        sender.send(picture(3, width, height), 1.0)
        assert np.array_equal(received(receiver).image, picture(3, width, height))
    sender.send(picture(4), 1.0)
    sender.send(picture(5, 320, 240), 2.0)
    assert np.array_equal(received(receiver).image, picture(5, 320, 240))


def test_a_picture_that_was_written_over_is_not_shown(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    sender, receiver = pair
    copied = PictureReceiver._copied

    def slowly(self: PictureReceiver, record: bytes) -> SharedPicture | None:
        monkeypatch.undo()
        for number in range(1, SLOTS + 1):
            sender.send(picture(number), float(number))
        return copied(self, record)

    sender.send(picture(0), 0.0)
    monkeypatch.setattr(PictureReceiver, "_copied", slowly)
    shared = received(receiver)
    assert shared.number == SLOTS
    assert np.array_equal(shared.image, picture(SLOTS))


def test_the_end_and_its_reason(pair: Pair, sockets: tuple[socket.socket, socket.socket]) -> None:
    sender, receiver = pair
    sender.send(picture(0), 0.0)
    sender.say("it was unplugged")
    assert received(receiver).number == 0
    sockets[0].close()
    assert receiver.receive(AT_ONCE_S) is None
    assert receiver.said == "it was unplugged"


def test_silence_is_a_time_out(pair: Pair) -> None:
    with pytest.raises(TimeoutError):
        pair[1].receive(0.001)


def test_a_receiver_that_is_gone_is_told_to_the_sender(
    pair: Pair, sockets: tuple[socket.socket, socket.socket]
) -> None:
    sockets[1].close()
    with pytest.raises(ConnectionError):
        pair[0].send(picture(0), 0.0)


def test_no_descriptor_is_left_behind(pair: Pair) -> None:
    sender, receiver = pair
    sender.send(picture(0), 0.0)
    received(receiver)
    before = len(os.listdir("/proc/self/fd"))
    for width in range(100, 600, 10):
        sender.send(picture(0, width, 48), 0.0)
        received(receiver)
    assert len(os.listdir("/proc/self/fd")) <= before + 2
