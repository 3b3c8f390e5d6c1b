"""Ten-bit gray by OpenCV: its real decoder on a file of such pictures, behind a camera's answers."""

from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from drivermon.sources.opencv_camera import FOURCC, read_pictures
from drivermon.sources.readers import ProcessReader
from drivermon.sources.reading import OPENCV_Y10, Image, Target, monotonic_now

Wide = NDArray[np.uint16]

SIZE = (64, 48)


def infrared(number: int) -> Wide:
    """Ten bits, lighter from picture to picture."""
    across, down = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    return np.asarray((10 * across + 5 * down + 20 * number) % 1024, np.uint16)


class Camera:
    """OpenCV reading a file, with the format, size and clock that a V4L2 camera would state."""

    def __init__(self, video: Path, fourcc: int = FOURCC, clock_s: float = 0.0) -> None:
        self.file = cv2.VideoCapture(str(video), cv2.CAP_FFMPEG)
        self.asked: dict[int, float] = {}
        self.fourcc, self.clock_s = fourcc, clock_s

    def set(self, what: int, value: float) -> bool:
        self.asked[what] = value
        return what != cv2.CAP_PROP_CONVERT_RGB or self.file.set(what, value)

    def get(self, what: int) -> float:
        return {cv2.CAP_PROP_FOURCC: self.fourcc, cv2.CAP_PROP_POS_MSEC: 1000 * self.clock_s}[what]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "infrared.mkv"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=30)
        (stream.width, stream.height), stream.pix_fmt = SIZE, "gray16le"
        for number in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(infrared(number), format="gray16le")))
        container.mux(stream.encode(None))
    return path


def target_of(path: Path, controls: dict[str, int] | None = None) -> Target:
    options = {"video_size": "640x480", "framerate": "30"}
    return Target(str(path), OPENCV_Y10, options, controls or {}, gray_bits=10)


class Taken:
    def __init__(self, wanted: int = 1000) -> None:
        self.images: list[Image] = []
        self.times: list[float] = []
        self.wanted = wanted

    def __call__(self, image: Image, t: float, number: int) -> bool:
        assert number == len(self.images)
        self.images.append(image)
        self.times.append(t)
        return len(self.images) < self.wanted


def test_ten_bits_become_eight_and_the_end_has_its_reason(video: Path) -> None:
    camera, taken = Camera(video), Taken()
    before = monotonic_now()
    assert read_pictures(target_of(video), taken, lambda _: camera) == "it gives no pictures any more"
    for number, image in enumerate(taken.images):
        assert np.array_equal(image, (infrared(number) >> 2).astype(np.uint8))
    assert len(taken.images) == 3
    assert all(before <= t <= monotonic_now() for t in taken.times), "a clock at 0 is not the monotonic one"
    assert camera.asked == {
        cv2.CAP_PROP_FOURCC: FOURCC,
        cv2.CAP_PROP_FRAME_WIDTH: 640,
        cv2.CAP_PROP_FRAME_HEIGHT: 480,
        cv2.CAP_PROP_FPS: 30.0,
        cv2.CAP_PROP_CONVERT_RGB: 0,
    }
    assert not camera.isOpened(), "let go of"


def test_the_devices_own_time_counts(video: Path) -> None:
    stamped, taken = monotonic_now() - 0.5, Taken()
    read_pictures(target_of(video), taken, lambda _: Camera(video, clock_s=stamped))
    assert taken.times == pytest.approx([stamped] * 3, abs=1e-6)


def test_it_ends_when_no_more_are_wanted(video: Path) -> None:
    taken = Taken(wanted=2)
    assert read_pictures(target_of(video), taken, lambda _: Camera(video)) == "it was closed"
    assert len(taken.images) == 2


def test_a_camera_without_the_format_is_told_what_to_set(video: Path) -> None:
    gray = cv2.VideoWriter.fourcc(*"GREY")
    said = read_pictures(target_of(video), Taken(), lambda _: Camera(video, fourcc=gray))
    assert said.startswith("it gives no Y10; set camera.pixel_format to one")


def test_a_control_that_can_not_be_set_is_said(video: Path) -> None:
    said = read_pictures(target_of(video, {"gain": 12}), Taken(), lambda _: Camera(video))
    assert "the camera has no control for camera.gain" in said


def test_the_process_that_reads_a_camera_says_what_is_no_camera(tmp_path: Path) -> None:
    for path, reason in [
        (tmp_path / "nothing", "no such file or directory"),
        (Path("/dev/null"), "it is no camera that can be read, or another program has it"),
    ]:
        assert ProcessReader(target_of(path), "camera", 30.0, 30.0).read(Taken()) == reason
