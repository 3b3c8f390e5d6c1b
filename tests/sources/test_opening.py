"""One name, one source: files by what they are, everything else by its scheme."""

import os
import socket
import threading
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from drivermon.config import CameraSettings, Settings
from drivermon.errors import FrameError, ScriptError, SourceError
from drivermon.events import Frame, Gap, GapCause, VehicleSignal
from drivermon.messages import Digests, Event
from drivermon.records import drive_row
from drivermon.sources import (
    RecordedSource,
    Source,
    load_picture,
    open_source,
    opening,
    picture_paths,
    understood,
)
from drivermon.sources.reading import OPENCV_Y10, Target
from tests.sources.test_pictures import write_picture
from tests.sources.videos import frames_of, gaps_of, picture, steady, write_video

DEFAULTS = Settings()


def with_camera(**values: object) -> Settings:
    return Settings(camera=CameraSettings.model_validate(values))


def about(source: Source) -> tuple[str, str, str]:
    return source.name, source.stem, source.clock


def test_a_video_with_its_signals(tmp_path: Path) -> None:
    path = tmp_path / "drive.1.mp4"
    write_video(path, steady(4, 40))
    (tmp_path / "drive.1.signals.csv").write_text("t,name,value\n0.08,speed,50\n")
    with open_source(str(path), DEFAULTS) as source:
        assert about(source) == (str(path), "drive.1", "media")
        assert source.frame_count == 4
        events = list(source.events())
    assert events[2] == VehicleSignal(0.08, "speed", 50.0)
    assert [event.t for event in events] == pytest.approx([0.0, 0.04, 0.08, 0.08, 0.12])


def test_a_truncated_video_keeps_its_pictures_before_the_error(tmp_path: Path) -> None:
    path = tmp_path / "drive.mkv"
    write_video(path, steady(60))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (tmp_path / "drive.signals.csv").write_text("t,name,value\n0,speed,50\n")
    events: list[Event] = []
    with open_source(str(path), DEFAULTS) as source, pytest.raises(SourceError, match="truncated"):
        events.extend(source.events())
    assert isinstance(events[0], VehicleSignal)
    assert len(frames_of(events)) > 15


def test_a_video_that_stands_still_is_frozen(tmp_path: Path) -> None:
    path = tmp_path / "still.mkv"
    same = 15 * [picture(1)]
    write_video(path, steady(15, 100), pictures=same, codec="ffv1", pixel_format="bgr0")
    with open_source(str(path), with_camera(frozen_after_s=0.5)) as source:
        events = list(source.events())
    assert len(frames_of(events)) == 15
    assert gaps_of(events) == [Gap(n / 10, GapCause.FROZEN) for n in range(5, 15)]
    assert all(a.t <= b.t for a, b in pairwise(events))


def test_a_folder_is_turned_and_timed_by_the_settings(tmp_path: Path) -> None:
    for number in range(3):
        write_picture(tmp_path / f"{number}.png", picture(number))
    settings = with_camera(rotate_deg=90, mirror=True, pictures_fps=2.0)
    with open_source(str(tmp_path), settings) as source:
        frames = frames_of(source.events())
    assert [frame.t for frame in frames] == [0.0, 0.5, 1.0]
    assert np.array_equal(frames[0].image, np.rot90(picture(0)[:, ::-1], k=-1))


def test_recorded_observations_show_their_header(tmp_path: Path) -> None:
    path = tmp_path / "drive.jsonl"
    path.write_text(drive_row("a.mp4", Digests(config="c", networks={"emotion": "e"})) + "\n")
    with open_source(str(path), DEFAULTS) as source:
        assert isinstance(source, RecordedSource)
        assert source.header.digests.networks == {"emotion": "e"}


@pytest.mark.parametrize(
    ("uri", "name", "stem"),
    [
        ("0", "0", "video0"),
        ("/dev/video77", "/dev/video77", "video77"),
        ("v4l2:/dev/video77", "v4l2:/dev/video77", "video77"),
        ("rtsp://user:secret@car.local:554/cabin/1", "rtsp://car.local:554/cabin/1", "car.local_cabin_1"),
        ("http://car.local/video?user=me&password=secret", "http://car.local/video", "car.local_video"),
        ("http://127.0.0.1:8080/video.mjpg", "http://127.0.0.1:8080/video.mjpg", "127.0.0.1_video.mjpg"),
    ],
)
def test_cameras_and_streams_are_live_and_may_come_later(uri: str, name: str, stem: str) -> None:
    with open_source(uri, DEFAULTS) as source:
        assert about(source) == (name, stem, "monotonic")
        assert source.frame_count is None


def test_settings_of_a_camera_reach_the_process_that_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    targets: list[Target] = []
    monkeypatch.setattr(opening, "ProcessReader", lambda target, *_, **__: targets.append(target))
    settings = with_camera(
        width=1280, height=720, fps=15.0, pixel_format="Y16", gray_bits=12, exposure_ms=8.0, gain=20
    )
    open_source("2", settings)
    (target,) = targets
    assert (target.url, target.format, target.gray_bits) == ("/dev/video2", "v4l2", 12)
    assert target.options == {"video_size": "1280x720", "framerate": "15", "input_format": "gray16le"}
    assert list(target.controls.items()) == [
        ("exposure_mode", 1), ("exposure", 80), ("gain_mode", 0), ("gain", 20)
    ]  # fmt: skip


def test_ten_bit_gray_is_read_by_opencv(monkeypatch: pytest.MonkeyPatch) -> None:
    targets: list[Target] = []
    monkeypatch.setattr(opening, "ProcessReader", lambda target, *_, **__: targets.append(target))
    open_source("0", with_camera(pixel_format="Y10"))
    (target,) = targets
    assert (target.format, target.gray_bits) == (OPENCV_Y10, 10)


def test_a_pipe_is_live(tmp_path: Path) -> None:
    video, pipe = tmp_path / "video.ts", tmp_path / "cabin"
    write_video(video, steady(5))
    os.mkfifo(pipe)
    with open_source(str(pipe), DEFAULTS) as source:
        assert about(source) == (str(pipe), "cabin", "monotonic")
        events = source.events()
        assert isinstance(next(events), Gap)
        writer = threading.Thread(target=pipe.write_bytes, args=(video.read_bytes(),))
        writer.start()
        assert any(isinstance(event, Frame) for _, event in zip(range(100), events, strict=False))
        writer.join()


def test_a_simulated_drive_by_its_path(tmp_path: Path) -> None:
    script = tmp_path / "short.drive"
    script.write_text("length 0.2 s\nfps 10\nsignal speed 30\n")
    uri = f"sim:{script}"
    with open_source(uri, DEFAULTS) as source:
        assert about(source) == (uri, "short", "media")
        assert (source.frame_count, source.duration_s) == (2, 0.2)
        events = list(source.events())
    assert [frame.t for frame in frames_of(events)] == pytest.approx([0.0, 0.1])
    assert {frame.source for frame in frames_of(events)} == {uri}


def test_a_simulated_drive_that_is_not_there() -> None:
    with pytest.raises(ScriptError, match="no-such-drive"):
        open_source("sim:no-such-drive", DEFAULTS)


@pytest.mark.parametrize("uri", ["missing.mp4", "ftp://host/video.mp4", "", "x" * 5000, "nul\0byte.mp4"])
def test_what_is_not_understood_lists_what_is(uri: str) -> None:
    with pytest.raises(SourceError) as caught:
        open_source(uri, DEFAULTS)
    assert understood() in str(caught.value)
    for words in ("video file", "folder of pictures", ".jsonl", "sim:NAME", "v4l2:", "rtsp://", "http://"):
        assert words in understood()


@pytest.mark.parametrize("name", ["drive.mp4", "drive.jsonl", "drive.unknown", "drive.png"])
def test_an_empty_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(SourceError, match=rf"{name}: the file is empty \(0 bytes\)"):
        open_source(str(tmp_path / name), DEFAULTS)


def test_files_of_the_wrong_kind_are_refused(tmp_path: Path) -> None:
    write_picture(tmp_path / "one.png", picture(0))
    write_picture(tmp_path / "renamed.png", picture(0)).rename(tmp_path / "renamed.mp4")
    (tmp_path / "words.txt").write_text("words " * 1000)
    for name, said in {
        "one.png": "a single picture; use `drivermon classify`",
        "renamed.mp4": "not a video but",
        "words.txt": "video",
    }.items():
        with pytest.raises(SourceError, match=said) as caught:
            open_source(str(tmp_path / name), DEFAULTS)
        assert name in str(caught.value)


def test_a_socket_is_no_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("listener")
        with pytest.raises(SourceError, match="neither file nor folder"):
            open_source("listener", DEFAULTS)


def test_broken_signals_are_said_before_the_drive_begins(tmp_path: Path) -> None:
    write_video(tmp_path / "drive.mp4", steady(2))
    (tmp_path / "drive.signals.csv").write_text("t,name,value\nsoon,speed,50\n")
    with pytest.raises(SourceError, match=r"drive\.signals\.csv:2"):
        open_source(str(tmp_path / "drive.mp4"), DEFAULTS)


def test_the_errors_of_pictures_are_of_one_tree(tmp_path: Path) -> None:
    write_picture(tmp_path / "wide.png", np.zeros((1, 9000), np.uint8))
    (path,) = picture_paths(tmp_path)
    with pytest.raises(FrameError):
        load_picture(path)
