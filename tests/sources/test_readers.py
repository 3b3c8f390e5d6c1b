"""A camera read in a process of its own: the same code as for V4L2, on a pipe that hangs for ever."""

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from drivermon.events import GapCause
from drivermon.sources.live import LiveSource
from drivermon.sources.readers import Hung, ProcessReader, ThreadReader
from drivermon.sources.reading import Image, Target
from tests.sources.test_live import PART, SOON_S, is_frame, is_gap, until
from tests.sources.videos import frames_of, picture, steady, write_video

PATIENCE_S = 30.0
"""A time-out far beyond what anything takes."""


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


@pytest.fixture
def silent(pipe: Path) -> Iterator[int]:
    """The pipe held open: whoever reads it hangs."""
    descriptor = os.open(pipe, os.O_RDWR)
    yield descriptor
    os.close(descriptor)


def reader_of(
    path: Path, silence_s: float = PATIENCE_S, start_timeout_s: float = PATIENCE_S
) -> ProcessReader:
    return ProcessReader(Target(f"file:{path}", None, {}), "camera", silence_s, start_timeout_s)


def camera_of(path: Path, silence_s: float, start_timeout_s: float = PATIENCE_S) -> LiveSource:
    """A camera that gives a picture for each JPEG in the pipe."""
    target = Target(f"file:{path}", "mpjpeg", {"probesize": "32", "analyzeduration": "0"})
    reader = ProcessReader(target, "camera", silence_s, start_timeout_s)
    return LiveSource(reader, "camera", "camera", first_retry_s=SOON_S)


def writing(path: Path, content: bytes) -> threading.Thread:
    thread = threading.Thread(target=path.write_bytes, args=(content,))
    thread.start()
    return thread


class Taken:
    """Keeps what a reader hands over."""

    def __init__(self) -> None:
        self.images: list[Image] = []
        self.numbers: list[int] = []

    def __call__(self, image: Image, _: float, number: int) -> bool:
        self.images.append(image)
        self.numbers.append(number)
        return True


def ended(descriptor: int) -> bool:
    """Whether the process behind a pidfd has ended, waiting for it."""
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return bool(poller.poll(1000 * PATIENCE_S))


def test_pictures_arrive_as_they_were_and_the_end_has_its_reason(tmp_path: Path, pipe: Path) -> None:
    video = tmp_path / "video.mkv"
    write_video(video, steady(3), codec="ffv1", pixel_format="bgr0")
    writer = writing(pipe, video.read_bytes())
    taken = Taken()
    assert reader_of(pipe).read(taken) == "the stream ended"
    writer.join()
    assert taken.numbers[-1] == 2
    assert np.array_equal(taken.images[-1], picture(2))


def test_a_size_that_changes_in_mid_stream_goes_on(tmp_path: Path, pipe: Path) -> None:
    parts = []
    for number, size in enumerate([(64, 48), (96, 80), (64, 48)]):
        part = tmp_path / f"part{number}.ts"
        write_video(part, steady(4), pictures=[picture(n, *size) for n in range(4)])
        parts.append(part.read_bytes())
    writer = writing(pipe, b"".join(parts))
    shapes = []

    def take(image: Image, t: float, number: int) -> bool:
        shapes.append(image.shape)
        return True

    assert reader_of(pipe).read(take) == "the stream ended"
    writer.join()
    assert shapes[-1] == (48, 64, 3)
    assert set(shapes) <= {(48, 64, 3), (80, 96, 3)}


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_gray_pixels_of_few_bits_are_scaled_by_those_they_have(tmp_path: Path, bits: int) -> None:
    video = tmp_path / "infrared.mkv"
    gray = picture(1)[..., 0]
    wide = (gray.astype(np.uint16) << (bits - 8)) + 1
    with av.open(str(video), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "gray16le"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(wide, format="gray16le")))
        container.mux(stream.encode(None))
    taken = Taken()
    ThreadReader(Target(str(video), None, {}, gray_bits=bits), "camera").read(taken)
    (image,) = taken.images
    assert image.dtype == np.uint8
    assert np.abs(image.astype(int) - gray).max() <= 1


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    assert reader_of(tmp_path / "nothing").read(Taken()) == "no such file or directory"


def test_a_read_that_hangs_is_given_up_and_its_process_killed(pipe: Path, silent: int) -> None:
    reader = reader_of(pipe, start_timeout_s=0.1)
    with pytest.raises(Hung, match=r"a read hangs for 0\.1 s"):
        reader.read(Taken())
    assert reader._process is not None
    assert reader._process.returncode == -signal.SIGKILL


def test_closing_ends_a_read_that_hangs(pipe: Path) -> None:
    reader = reader_of(pipe)
    said: list[str] = []
    thread = threading.Thread(target=lambda: said.append(reader.read(Taken())))
    thread.start()
    descriptor = os.open(pipe, os.O_WRONLY)  # waits until the process has the pipe open
    reader.close()
    thread.join(PATIENCE_S)
    os.close(descriptor)
    assert said == [f"the process that reads it has ended with status {-signal.SIGKILL}"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_process_ends_with_its_parent_also_while_a_read_hangs(pipe: Path, number: signal.Signals) -> None:
    program = (
        "import sys\n"
        "from drivermon.sources.readers import ProcessReader\n"
        "from drivermon.sources.reading import Target\n"
        "ProcessReader(Target(sys.argv[1], None, {}), 'camera', 1000, 1000).read(print)"
    )
    with subprocess.Popen([sys.executable, "-c", program, f"file:{pipe}"]) as parent:
        held = os.open(pipe, os.O_WRONLY)  # waits until the process has the pipe open
        (child,) = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
        watched = os.pidfd_open(int(child))
        parent.send_signal(number)
        parent.wait(PATIENCE_S)
        assert ended(watched)
    os.close(watched)
    os.close(held)


def test_the_process_needs_little(pipe: Path) -> None:
    program = (
        "import sys, drivermon.sources.reader_process\n"
        "print([name for name in ('pydantic', 'cv2', 'zmq', 'onnxruntime', 'dlib') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "[]\n"


def test_a_camera_that_hangs_in_mid_stream_is_hung_and_comes_back(pipe: Path, silent: int) -> None:
    with camera_of(pipe, silence_s=0.7) as source:
        events = source.events()
        assert is_gap(GapCause.STARTING)(next(events))
        os.write(silent, 5 * PART)
        first = until(events, is_frame)
        hung = until(events, is_gap(GapCause.HUNG))
        os.write(silent, 5 * PART)
        back = until(events, is_frame)
    everything = [*first, *hung, *back]
    assert not any(is_gap(GapCause.LOST)(event) for event in everything)
    assert all(a.t <= b.t for a, b in pairwise(everything))
    assert all(a.index < b.index for a, b in pairwise(frames_of(everything)))


def test_a_camera_whose_opening_hangs_is_hung_until_it_answers(pipe: Path) -> None:
    with camera_of(pipe, silence_s=PATIENCE_S, start_timeout_s=0.5) as source:
        events = source.events()
        until(events, is_gap(GapCause.HUNG))
        source._reader._start_timeout_s = PATIENCE_S  # type: ignore[attr-defined]
        writer = writing(pipe, 5 * PART)
        until(events, is_frame)
        until(events, is_gap(GapCause.LOST))  # whoever wrote has gone
        writer.join()


def test_a_process_that_dies_is_lost_and_started_anew(
    pipe: Path, silent: int, caplog: pytest.LogCaptureFixture
) -> None:
    with camera_of(pipe, silence_s=PATIENCE_S) as source:
        events = source.events()
        os.write(silent, 5 * PART)
        until(events, is_frame)
        source._reader.close()
        until(events, is_gap(GapCause.LOST))
        os.write(silent, 5 * PART)
        until(events, is_frame)
    assert "no picture: the process that reads it has ended with status -9; trying again" in caplog.text
