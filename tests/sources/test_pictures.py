"""Still pictures: read alike whatever their kind, and refused by name."""

import logging
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivermon.errors import FrameError, SourceError
from drivermon.events import Gap, GapCause
from drivermon.sources.pictures import PictureFolder, load_picture, picture_paths
from tests.sources.videos import HEIGHT, WIDTH, frames_of, gaps_of, picture

EXIF_TURN_CLOCKWISE = bytes.fromhex(
    "ffe1002245786966000049492a00080000000100120103000100000006000000000000000000"
)
"""A JPEG segment that says: turn the picture by 90 degrees clockwise to see it upright."""


def write_picture(path: Path, image: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)
    return path


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tiff", ".ppm"])
def test_colour_pictures_are_bgr(tmp_path: Path, suffix: str) -> None:
    image = picture(3)
    assert np.array_equal(load_picture(write_picture(tmp_path / f"a{suffix}", image)), image)


def test_a_gray_picture_stays_gray(tmp_path: Path) -> None:
    image = picture(3)[..., 0]
    assert np.array_equal(load_picture(write_picture(tmp_path / "gray.png", image)), image)


def test_an_alpha_channel_is_dropped(tmp_path: Path) -> None:
    image = picture(3)
    with_alpha = np.dstack([image, image[..., 0]])
    loaded = load_picture(write_picture(tmp_path / "bgra.png", with_alpha))
    assert np.array_equal(loaded, image)


@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_are_scaled_to_eight(tmp_path: Path, channels: int) -> None:
    image = picture(3) if channels == 3 else picture(3)[..., 0]
    path = write_picture(tmp_path / "deep.png", image.astype(np.uint16) * 257)
    loaded = load_picture(path)
    assert loaded.dtype == np.uint8
    assert np.array_equal(loaded, image)


def test_the_orientation_in_exif_is_honoured(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "phone.jpg", picture(3))
    data = path.read_bytes()
    path.write_bytes(data[:2] + EXIF_TURN_CLOCKWISE + data[2:])
    loaded = load_picture(path)
    assert loaded.shape == (WIDTH, HEIGHT, 3)
    assert loaded[5, -5].mean() > 240


@pytest.mark.parametrize("size", [(1, 1), (7680, 4320)])
def test_the_smallest_and_the_largest_picture_load(tmp_path: Path, size: tuple[int, int]) -> None:
    width, height = size
    path = write_picture(tmp_path / "size.png", np.zeros((height, width), np.uint8))
    assert load_picture(path).shape == (height, width)


def test_a_picture_larger_than_any_camera_is_refused(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "wide.png", np.zeros((1, 9000), np.uint8))
    with pytest.raises(FrameError, match=r"wide\.png.*9000x1"):
        load_picture(path)


def test_numbers_that_are_no_gray_values_are_refused(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "depth.tiff", np.zeros((4, 4), np.float32))
    with pytest.raises(FrameError, match=r"depth\.tiff.*float32"):
        load_picture(path)


def test_files_that_are_no_picture_are_refused_by_name(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = write_picture(tmp_path / "whole.png", picture(1)).read_bytes()
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "words.png").write_text("not a picture")
    for name, said in {"empty.png": "empty", "cut.png": "truncated", "words.png": "not a picture"}.items():
        with pytest.raises(SourceError, match=said) as caught:
            load_picture(tmp_path / name)
        assert name in str(caught.value)
    with pytest.raises(SourceError, match=r"missing\.png.*No such file"):
        load_picture(tmp_path / "missing.png")
    with pytest.raises(SourceError, match="directory"):
        load_picture(tmp_path)
    assert capfd.readouterr() == ("", "")


def test_a_folder_is_walked_in_natural_order(tmp_path: Path) -> None:
    names = ["10.png", "2.png", "sub/1.png", "B.PNG", "a.jpeg", "sub/deeper/3.bmp", "1.png"]
    for name in names:
        write_picture(tmp_path / name, picture(0))
    for name in ("notes.txt", ".hidden.png", ".cache/4.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = [str(path.relative_to(tmp_path)) for path in picture_paths(tmp_path)]
    assert found == ["1.png", "2.png", "10.png", "a.jpeg", "B.PNG", "sub/1.png", "sub/deeper/3.bmp"]


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no picture in this folder"):
        picture_paths(tmp_path)


def test_a_folder_that_cannot_be_listed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # permissions do not bind the super-user, as whom tests may run
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(SourceError, match=r"can't be read: Permission denied"):
        picture_paths(tmp_path)


def test_a_folder_is_played_at_its_rate(tmp_path: Path) -> None:
    for number in range(12):
        write_picture(tmp_path / f"{number}.png", picture(number))
    with PictureFolder(tmp_path, "stills", fps=4.0) as source:
        frames = frames_of(source.events())
        assert (source.frame_count, source.duration_s) == (12, 3.0)
        assert (source.name, source.stem, source.clock) == ("stills", tmp_path.name, "media")
    assert [frame.t for frame in frames] == [number / 4 for number in range(12)]
    assert [frame.index for frame in frames] == list(range(12))
    assert all(np.array_equal(frame.image, picture(number)) for number, frame in enumerate(frames))


def test_a_broken_picture_is_a_gap_and_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for number in (1, 3):
        write_picture(tmp_path / f"{number}.png", picture(number))
    (tmp_path / "2.png").write_bytes(b"")
    with caplog.at_level(logging.WARNING):
        events = list(PictureFolder(tmp_path, "stills", fps=10.0).events())
    assert gaps_of(events) == [Gap(0.1, GapCause.LOST)]
    assert [(frame.t, frame.index) for frame in frames_of(events)] == [(0.0, 0), (0.2, 1)]
    assert "2.png" in caplog.text


def test_a_folder_of_broken_pictures_fails(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"")
    with pytest.raises(SourceError, match="none of the 1 pictures can be read"):
        list(PictureFolder(tmp_path, "stills", fps=10.0).events())
