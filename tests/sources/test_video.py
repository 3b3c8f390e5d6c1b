"""Video files: every picture at its own time, upright, and damage said aloud."""

import gc
import logging
import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from drivermon.errors import SourceError
from drivermon.events import GapCause
from drivermon.messages import Event
from drivermon.sources.video import VideoSource
from tests.sources.videos import HEIGHT, WIDTH, frames_of, gaps_of, picture, steady, write_video

CORNER = {"upper left": (0, 0), "lower left": (-1, 0), "lower right": (-1, -1), "upper right": (0, -1)}


def read(path: Path) -> list[Event]:
    with VideoSource(path, str(path)) as source:
        return list(source.events())


def read_truncated(path: Path) -> list[Event]:
    """Read what can be read; the end must be an error that says so."""
    events: list[Event] = []
    with VideoSource(path, str(path)) as source, pytest.raises(SourceError, match="truncated") as caught:
        events.extend(source.events())
    assert str(path) in str(caught.value)
    return events


def cut(path: Path, share: float) -> Path:
    """Keep the first `share` of a file."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def wiped(path: Path, which: slice) -> None:
    """Overwrite some of the JPEG pictures in a file with zeros."""
    data = path.read_bytes()
    for found in list(re.finditer(rb"\xff\xd8\xff.*?\xff\xd9", data, re.DOTALL))[which]:
        data = data[: found.start()] + bytes(len(found[0])) + data[found.end() :]
    path.write_bytes(data)


def shown_times(path: Path) -> list[float]:
    """The presentation times in a file's packets, without those that its edit list hides."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        shown = [packet.pts for packet in container.demux(stream) if not packet.is_discard]
        return [
            float(pts * Fraction(stream.time_base or 0))
            for pts in sorted(pts for pts in shown if pts is not None)
        ]


def raw_times(path: Path) -> list[float]:
    """What PyAV says when nothing of ours stands between."""
    with av.open(str(path)) as container:
        return [float(frame.time) for frame in container.decode(video=0)]


@pytest.mark.parametrize("kind", ["mp4", "mov", "mkv", "ts"])
def test_presentation_times_are_kept_as_they_are(tmp_path: Path, kind: str) -> None:
    times_ms = [100, 133, 170, 240, 241, 400, 433]
    path = tmp_path / f"drive.{kind}"
    write_video(path, times_ms)
    frames = frames_of(read(path))
    assert [frame.t for frame in frames] == pytest.approx([t / 1000 for t in times_ms], abs=1e-6)
    assert [frame.index for frame in frames] == list(range(7))
    assert {frame.source for frame in frames} == {str(path)}


def test_pictures_are_bgr_and_contiguous(tmp_path: Path) -> None:
    blue = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    blue[..., 0] = 200
    path = tmp_path / "blue.mp4"
    write_video(path, [0], pictures=[blue])
    image = frames_of(read(path))[0].image
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert image.mean(axis=(0, 1)) == pytest.approx([200, 0, 0], abs=8)


@pytest.mark.parametrize("pixel_format", ["gray", "gray10le", "gray16le"])
def test_a_gray_video_gives_gray_pictures_of_the_same_brightness(tmp_path: Path, pixel_format: str) -> None:
    path = tmp_path / "infrared.mkv"
    image = picture(1)[..., 0]
    write_video(path, [0, 33], pictures=[image, image // 2], codec="ffv1", pixel_format=pixel_format)
    first, second = frames_of(read(path))
    assert first.image.shape == (HEIGHT, WIDTH)
    assert np.abs(first.image.astype(int) - image).max() <= 1
    assert np.abs(second.image.astype(int) - image // 2).max() <= 1


@pytest.mark.parametrize(
    ("rotation_deg", "hflip", "bright"),
    [
        (0, False, "upper left"),
        (90, False, "lower left"),
        (180, False, "lower right"),
        (270, False, "upper right"),
        (0, True, "upper right"),
        (90, True, "lower right"),
    ],
)
def test_pictures_are_turned_as_the_file_says(
    tmp_path: Path, rotation_deg: int, hflip: bool, bright: str
) -> None:
    path = tmp_path / "phone.mp4"
    write_video(path, [0], rotation_deg=rotation_deg, hflip=hflip)
    image = frames_of(read(path))[0].image
    assert image.shape[:2] == ((WIDTH, HEIGHT) if rotation_deg % 180 else (HEIGHT, WIDTH))
    corners = {name: image[y, x].mean() > 200 for name, (y, x) in CORNER.items()}
    assert [name for name, is_bright in corners.items() if is_bright] == [bright]


def test_pictures_may_change_their_size_midway(tmp_path: Path) -> None:
    parts = []
    for number, size in enumerate([(64, 48), (96, 80)]):
        part = tmp_path / f"part{number}.ts"
        pictures = [picture(n, *size) for n in range(4)]
        write_video(part, [33 * (4 * number + n) for n in range(4)], pictures=pictures)
        parts.append(part.read_bytes())
    path = tmp_path / "both.ts"
    path.write_bytes(b"".join(parts))
    frames = frames_of(read(path))
    assert [frame.image.shape for frame in frames] == 4 * [(48, 64, 3)] + 4 * [(80, 96, 3)]


def test_missing_stretches_are_gaps_every_half_second(tmp_path: Path) -> None:
    path = tmp_path / "drive.mp4"
    write_video(path, [*steady(10), 2000, 2033])
    events = read(path)
    assert [gap.t for gap in gaps_of(events)] == pytest.approx([0.797, 1.297, 1.797])
    assert {gap.cause for gap in gaps_of(events)} == {GapCause.LOST}
    assert all(a.t < b.t for a, b in pairwise(events))


def test_a_slow_recording_has_no_gaps(tmp_path: Path) -> None:
    path = tmp_path / "slow.mp4"
    write_video(path, [0, 1000, 2000, 3100, 4000])
    assert gaps_of(read(path)) == []


def test_a_recording_joined_from_two_goes_on_in_time(tmp_path: Path) -> None:
    path = tmp_path / "joined.ts"
    write_video(path, steady(6))
    path.write_bytes(2 * path.read_bytes())
    frames = frames_of(read(path))
    assert len(frames) == 12
    assert all(a.t <= b.t for a, b in pairwise(frames))


def test_times_that_are_missing_come_from_the_rate(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "bare.h264"
    write_video(path, steady(5))
    with caplog.at_level(logging.WARNING):
        frames = frames_of(read(path))
    intervals = [b.t - a.t for a, b in pairwise(frames)]
    assert len(frames) == 5
    assert min(intervals) > 0
    assert max(intervals) == pytest.approx(min(intervals), abs=2e-6)
    assert sum("presentation time" in message for message in caplog.messages) == 1


@pytest.mark.parametrize("kind", ["mp4", "mkv", "avi"])
def test_a_truncated_video_yields_what_it_has_and_then_fails(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"drive.{kind}"
    options = {"movflags": "faststart"} if kind == "mp4" else None
    codec = "mjpeg" if kind == "avi" else "libx264"
    pixel_format = "yuvj420p" if kind == "avi" else "yuv420p"
    write_video(path, steady(60), container_options=options, codec=codec, pixel_format=pixel_format)
    whole = [frame.t for frame in frames_of(read(path))]
    frames = frames_of(read_truncated(cut(path, 0.6)))
    assert 20 < len(frames) < 55
    assert [frame.t for frame in frames] == whole[: len(frames)]


def test_a_truncated_video_without_its_index_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "drive.mp4"
    write_video(path, steady(60))
    with pytest.raises(SourceError, match=r"drive\.mp4: can't be opened as a video.*truncated"):
        VideoSource(cut(path, 0.9), str(path))


def test_a_damaged_stretch_is_skipped_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "drive.avi"
    write_video(path, steady(40), codec="mjpeg", pixel_format="yuvj420p")
    wiped(path, slice(20, 21))
    with caplog.at_level(logging.WARNING):
        frames = frames_of(read(path))
    assert len(frames) == 39
    assert frames[-1].t == pytest.approx(39 * 0.033)
    assert any("damaged packets skipped: 1" in message for message in caplog.messages)


def test_a_file_of_noise_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "noise.mp4"
    path.write_bytes(np.random.default_rng(0).bytes(20_000))
    with pytest.raises(SourceError, match=r"noise\.mp4: can't be opened as a video"):
        VideoSource(path, str(path))


def test_a_video_whose_pictures_are_all_damaged_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "drive.avi"
    write_video(path, steady(3), codec="mjpeg", pixel_format="yuvj420p")
    wiped(path, slice(None))
    with (
        VideoSource(path, str(path)) as source,
        pytest.raises(SourceError, match="no picture can be decoded"),
    ):
        list(source.events())


def test_sound_without_pictures_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(SourceError, match="holds no video stream"):
        VideoSource(path, str(path))


@pytest.mark.parametrize("name", ["notes.txt", "list.m3u8"])
def test_text_and_playlists_are_no_video(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("#EXTM3U\n#EXTINF:1,\nother.mp4\n#EXT-X-ENDLIST\n")
    with pytest.raises(SourceError, match=name):
        VideoSource(path, str(path))


def test_progress_is_known_beforehand(tmp_path: Path) -> None:
    path = tmp_path / "drive.mp4"
    write_video(path, steady(30))
    with VideoSource(path, "any name") as source:
        assert source.frame_count == 30
        assert source.duration_s == pytest.approx(0.99, abs=0.05)
        assert (source.name, source.stem, source.clock) == ("any name", "drive", "media")


def test_pictures_that_were_read_do_not_stay_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "drive.mp4"
    write_video(path, steady(30), rotation_deg=90)
    gc.collect()
    gc.disable()
    try:
        with VideoSource(path, str(path)) as source:
            for _ in source.events():
                pass
        left = [
            thing for thing in gc.get_objects() if type(thing) is av.VideoFrame
        ]  # isinstance would touch lazy modules
    finally:
        gc.enable()
    assert len(left) < 5  # what the decoder holds, however many pictures there were


def test_a_variable_frame_rate_of_a_phone_is_kept(clips_dir: Path) -> None:
    path = clips_dir / "face_then_none.mov"
    times = [frame.t for frame in frames_of(read(path))]
    assert times == pytest.approx(raw_times(path), abs=1e-6)
    intervals = np.diff(times)
    assert intervals.min() < 0.02
    assert intervals.max() > 0.04


@pytest.mark.slow
@pytest.mark.parametrize(
    "clip",
    [
        "cabin_eyes_closed.mp4",
        "cabin_head_turns.mp4",
        "driver_eating.mp4",
        "driver_from_behind.mp4",
        "driver_talking.avi",
        "driver_yawn_glasses.avi",
        "face_expressive_1.mp4",
        "face_expressive_2.mp4",
        "face_expressive_3.mp4",
        "face_expressive_4.mp4",
        "face_expressive_5.mp4",
        "face_then_none.mov",
        "no_face.mp4",
        "none_then_face.mov",
        "several_people.mp4",
        "single_face.mp4",
    ],
)
def test_every_picture_of_the_real_clips_is_yielded(clips_dir: Path, clip: str) -> None:
    events = read(clips_dir / clip)
    assert [frame.t for frame in frames_of(events)] == pytest.approx(shown_times(clips_dir / clip), abs=1e-6)
    assert gaps_of(events) == []
    assert all(a.t < b.t for a, b in pairwise(events))
