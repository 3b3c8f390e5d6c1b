from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from drivermon.config import Settings
from drivermon.errors import FrameError
from drivermon.perception import PictureReader
from drivermon.perception.alignment import DEFAULT_GEOMETRY
from drivermon.perception.crops import crop_chip, filling_face
from drivermon.perception.finder import FoundFace
from drivermon.perception.landmarks import FaceShape

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def reader(no_emotion: Settings) -> PictureReader:
    return PictureReader(no_emotion, None)


def face_crop(cabin: Picture, shape: FaceShape, side: int) -> Picture:
    """A crop with the eyes where FER2013 has them, gray."""
    assert shape.right_eye is not None
    assert shape.left_eye is not None
    right, left = shape.right_eye.mean(axis=0), shape.left_eye.mean(axis=0)
    width = float(left[0] - right[0]) / 0.36
    x, y = right[0] - 0.32 * width, (right[1] + left[1]) / 2 - 0.38 * width
    crop = cabin[round(y) : round(y + width), round(x) : round(x + width)]
    gray = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(gray, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def test_every_face_of_a_picture_is_found_the_largest_first(reader: PictureReader, portrait: Picture):
    picture = np.full((400, 640, 3), 90, np.uint8)
    picture[70:330, 20:250] = portrait
    small = cv2.resize(portrait, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    picture[100 : 100 + small.shape[0], 400 : 400 + small.shape[1]] = small
    faces = reader.faces_in(picture)
    assert len(faces) == 2
    assert faces[0].box.center[0] < 300 < faces[1].box.center[0]


def test_a_picture_of_no_face_gives_an_empty_list(reader: PictureReader):
    noise = np.random.default_rng(4).integers(0, 256, (300, 400, 3), np.uint8)
    assert reader.faces_in(noise) == []
    assert reader.faces_in(np.zeros((1, 1), np.uint8)) == []


def test_a_face_of_a_tiny_picture_is_found(reader: PictureReader, cabin: Picture, shape: FaceShape):
    (face,) = reader.faces_in(face_crop(cabin, shape, 64))
    assert 0 < face.box.center[0] < 64


def test_the_result_does_not_depend_on_the_picture_before(reader: PictureReader, cabin: Picture):
    first = reader.faces_in(cabin)
    reader.faces_in(np.zeros((100, 100), np.uint8))
    again = reader.faces_in(cabin)
    assert [face.box for face in again] == [face.box for face in first]


@pytest.mark.parametrize("side", [48, 96, 256])
def test_a_crop_gives_the_chip_that_the_whole_picture_gives(
    reader: PictureReader, cabin: Picture, shape: FaceShape, side: int
):
    crop = face_crop(cabin, shape, side)
    found = filling_face(reader.found_in(crop), crop)
    assert found is not None
    chip = crop_chip(crop, found, DEFAULT_GEOMETRY).astype(float)
    whole = crop_chip(cabin, FoundFace(shape.box, None, shape), DEFAULT_GEOMETRY).astype(float)
    assert np.corrcoef(chip.ravel(), whole.ravel())[0, 1] > 0.95


def test_a_crop_without_a_face_comes_whole_with_the_average_eyes_in_place(reader: PictureReader):
    ramp = np.tile(np.arange(0, 192, 4, dtype=np.uint8), (48, 1))
    assert filling_face(reader.found_in(ramp), ramp) is None
    chip = crop_chip(ramp, None, DEFAULT_GEOMETRY)
    x = round(DEFAULT_GEOMETRY.left_eye[0] * 64 - 0.5)
    assert chip[30, x, 0] == pytest.approx(ramp[0, round(0.32 * 48 - 0.5)], abs=4)


def test_a_face_much_smaller_than_the_picture_does_not_fill_it(reader: PictureReader, cabin: Picture):
    found = reader.found_in(cabin)
    assert found
    assert filling_face(found, cabin) is None


def test_of_two_faces_in_a_crop_the_one_that_fills_it_counts(shape: FaceShape, cabin: Picture):
    assert shape.left_eye is not None
    assert shape.right_eye is not None
    apart = float(np.hypot(*(shape.left_eye.mean(axis=0) - shape.right_eye.mean(axis=0))))
    side = round(apart / 0.36)
    crop, fills = cabin[:side, :side], FoundFace(shape.box, 1.0, shape)
    hidden = FoundFace(shape.box, 1.0, None)
    assert filling_face([hidden, fills], crop) is fills


def test_a_crop_is_one_face(reader: PictureReader, cabin: Picture, shape: FaceShape):
    face = reader.face_in_crop(face_crop(cabin, shape, 96))
    assert face.chip is not None
    assert face.chip.shape == (64, 64, 1)
    assert face.eyes is not None


def test_a_crop_of_anything_is_still_classified_whole(reader: PictureReader):
    face = reader.face_in_crop(np.full((50, 40, 3), 128, np.uint8))
    assert tuple(face.box) == (0, 0, 40, 50)
    assert face.chip is not None
    assert face.shape is None


@pytest.mark.parametrize("size", [(1, 1), (7, 90, 3)])
def test_a_crop_too_small_for_a_face_is_refused(reader: PictureReader, size: tuple[int, ...]):
    with pytest.raises(FrameError, match="px shows no face"):
        reader.face_in_crop(np.zeros(size, np.uint8), "tiny.png")


def test_a_picture_of_another_type_is_refused_by_name(reader: PictureReader):
    with pytest.raises(FrameError, match=r"deep\.png"):
        reader.faces_in(np.zeros((50, 50, 3), np.float32), "deep.png")  # type: ignore[arg-type]


@pytest.mark.slow
def test_most_real_crops_are_aligned(reader: PictureReader, clips_dir: Path):
    capture = cv2.VideoCapture(str(clips_dir / "face_expressive_3.mp4"))
    aligned = []
    for _ in range(10):
        capture.set(cv2.CAP_PROP_POS_FRAMES, 50 * len(aligned))
        ok, picture = capture.read()
        assert ok
        crop = np.asarray(picture[90:420, 90:420], np.uint8)
        aligned.append(filling_face(reader.found_in(crop), crop) is not None)
    assert sum(aligned) >= 8
