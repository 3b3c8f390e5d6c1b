"""Streams as they come: gaps while there is no picture, and a new try when one is lost."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import cv2
import pytest

from drivermon.config import CameraSettings, Settings
from drivermon.events import Frame, Gap, GapCause
from drivermon.messages import Event
from drivermon.sources import open_source
from drivermon.sources.live import LiveSource
from drivermon.sources.readers import PipeReader, ThreadReader
from drivermon.sources.reading import Target
from tests.sources.videos import picture, steady, write_video

SOON_S = 0.01
"""Wait before a new try, so short that a test need not notice."""

JPEG = cv2.imencode(".jpg", picture(0))[1].tobytes()
PART = b"--part\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(JPEG), JPEG)


TORN = PART.replace(JPEG, bytes(len(JPEG)))


class Camera(BaseHTTPRequestHandler):
    """A network camera: JPEGs over HTTP, then silence until `hang_up` is set."""

    parts: bytes
    hang_up: threading.Event

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=part")
        self.end_headers()
        self.wfile.write(self.parts)
        self.hang_up.wait()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named so by the base class
        pass


@contextmanager
def network_camera(hang_up: threading.Event, parts: bytes = 3 * PART) -> Iterator[str]:
    """The address of a camera on this computer."""
    handler = type("Handler", (Camera,), {"parts": parts, "hang_up": hang_up})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": SOON_S})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/video"
    finally:
        hang_up.set()
        server.shutdown()
        thread.join()
        server.server_close()


def live(url: str) -> LiveSource:
    reader = ThreadReader(Target(url, None, {}), "camera")
    return LiveSource(reader, "camera", "camera", first_retry_s=SOON_S)


def piped(path: Path) -> LiveSource:
    return LiveSource(PipeReader(str(path), "camera", 16), "camera", "camera", first_retry_s=SOON_S)


def until(events: Iterator[Event], found: Callable[[Event], bool]) -> list[Event]:
    """Take events up to the first that is `found`; far more than ever needed is a failure."""
    taken = []
    for event in events:
        taken.append(event)
        if found(event):
            return taken
        assert len(taken) < 500
    raise AssertionError("the events ended")


def is_frame(event: Event) -> bool:
    return isinstance(event, Frame)


def is_gap(cause: GapCause) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, Gap) and event.cause is cause


def test_a_network_camera_starts_hangs_is_lost_and_comes_back() -> None:
    hang_up = threading.Event()
    with network_camera(hang_up) as url, live(url) as source:
        events = source.events()
        first = until(events, is_frame)
        assert first[0] == Gap(first[0].t, GapCause.STARTING)
        assert all(is_gap(GapCause.STARTING)(event) for event in first[:-1])
        hung = until(events, is_gap(GapCause.HUNG))
        hang_up.set()
        lost = until(events, is_gap(GapCause.LOST))
        back = until(events, is_frame)
    everything = [*first, *hung, *lost, *back]
    frames = [event for event in everything if isinstance(event, Frame)]
    assert all(frame.image.shape == (48, 64, 3) for frame in frames)
    assert all(a.t <= b.t for a, b in pairwise(everything))
    assert all(a.index < b.index for a, b in pairwise(frames))


def test_a_camera_that_is_not_there_is_lost_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    with live("rtsp://user:secret@127.0.0.1:1/none") as source:
        events = source.events()
        assert is_gap(GapCause.STARTING)(next(events))
        until(events, is_gap(GapCause.LOST))
        until(events, is_gap(GapCause.LOST))
    assert "camera: no picture: connection refused; trying again" in caplog.text
    assert "secret" not in caplog.text


def test_a_pipe_is_a_stream_that_can_begin_again(tmp_path: Path) -> None:
    video = tmp_path / "video.ts"
    write_video(video, steady(10))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writers = [threading.Thread(target=pipe.write_bytes, args=(video.read_bytes(),)) for _ in range(2)]
    with piped(pipe) as source:
        events = source.events()
        for writer in writers:
            writer.start()
            until(events, is_frame)
            until(events, is_gap(GapCause.LOST))
            writer.join()


def test_a_pipe_may_be_made_anew_before_anybody_writes(tmp_path: Path) -> None:
    video = tmp_path / "video.ts"
    write_video(video, steady(10))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with piped(pipe) as source:
        events = source.events()
        assert is_gap(GapCause.STARTING)(next(events))
        assert is_gap(GapCause.STARTING)(next(events))  # by now the first one is being waited for
        pipe.unlink()
        until(events, is_gap(GapCause.LOST))
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_bytes, args=(video.read_bytes(),))
        writer.start()
        until(events, is_frame)
        until(events, is_gap(GapCause.LOST))
        writer.join()


def test_a_pipe_that_freezes_and_then_changes_its_size_goes_on(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    thawed, done = threading.Event(), threading.Event()

    def write() -> None:
        number = 0
        with suppress(BrokenPipeError), pipe.open("wb", buffering=0) as stream:
            while not done.wait(SOON_S):
                number += thawed.is_set()
                image = picture(number, 96, 80) if number else picture(0)
                stream.write(cv2.imencode(".jpg", image)[1].tobytes())

    writer = threading.Thread(target=write)
    settings = Settings(camera=CameraSettings(frozen_after_s=0.2))
    with open_source(str(pipe), settings) as source:
        events = source.events()
        writer.start()
        until(events, is_gap(GapCause.FROZEN))
        thawed.set()
        taken = until(events, is_frame)
        done.set()
    writer.join()
    assert isinstance(taken[-1], Frame)
    assert taken[-1].image.shape == (80, 96, 3)


def test_a_torn_picture_is_passed_over() -> None:
    hang_up = threading.Event()
    with network_camera(hang_up, 2 * PART + TORN + 2 * PART) as url, live(url) as source:
        events = source.events()
        taken = until(events, is_gap(GapCause.HUNG))
    frames = [event for event in taken if isinstance(event, Frame)]
    assert frames[-1].index == 3
    assert not any(is_gap(GapCause.LOST)(event) for event in taken)


def test_a_closed_source_ends_its_events() -> None:
    hang_up = threading.Event()
    with network_camera(hang_up) as url, live(url) as source:
        events = source.events()
        until(events, is_frame)
        source.close()
        assert len(list(events)) <= 1
        source.close()


def test_a_stream_without_pictures_is_lost(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "noise"
    path.write_bytes(bytes(1000))
    with live(f"file:{path}") as source:
        until(source.events(), is_gap(GapCause.LOST))
    assert "invalid data" in caplog.text
