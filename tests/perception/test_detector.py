import numpy as np
import pytest
from numpy.typing import NDArray

from drivermon.perception.box import Box, iou
from drivermon.perception.detector import Detection, HogDetector, evened

Picture = NDArray[np.uint8]


def test_the_face_of_a_frame_is_found_in_colour_and_in_gray(cabin: Picture):
    (colour,) = HogDetector().search(cabin)
    (gray,) = HogDetector().search(np.ascontiguousarray(cabin[:, :, 1]))
    assert colour.score > 1
    assert iou(colour.box, gray.box) > 0.7


def test_the_same_face_is_found_near_its_last_place(cabin: Picture, detection: Detection):
    moved = detection.box.shifted(0.15 * detection.box.side, -0.1 * detection.box.side)
    (near,) = HogDetector().search_near(cabin, moved)
    assert iou(near.box, detection.box) > 0.7


def test_a_face_elsewhere_is_not_near(cabin: Picture, detection: Detection):
    elsewhere = Box(0.0, 0.0, 80.0, 80.0)
    assert iou(elsewhere, detection.box) == 0.0
    assert HogDetector().search_near(cabin, elsewhere) == []


def test_large_and_small_pictures_give_the_same_place(cabin: Picture, detection: Detection):
    large = np.ascontiguousarray(np.repeat(np.repeat(cabin, 3, axis=0), 3, axis=1))
    (found,) = HogDetector().search(large)
    assert iou(found.box.scaled(1 / 3), detection.box) > 0.8
    (near,) = HogDetector().search_near(large, found.box)
    assert iou(near.box, found.box) > 0.7


def test_the_smallest_face_is_a_setting(portrait: Picture):
    frame = np.full((480, 640, 3), 90, np.uint8)
    frame[100:360, 200:430] = portrait  # a face of about 75 px
    assert HogDetector(min_size_px=160).search(frame) == []
    assert len(HogDetector(min_size_px=60).search(frame)) == 1


def test_the_score_that_is_needed_is_a_setting(cabin: Picture, detection: Detection):
    assert HogDetector(search_score=detection.score + 0.1).search(cabin) == []


def test_raised_contrast_still_finds_the_face_and_keeps_the_size(cabin: Picture, detection: Detection):
    (found,) = HogDetector().search((cabin // 4).astype(np.uint8), contrast=True)
    assert iou(found.box, detection.box) > 0.7
    gray = cabin[:, :, 0]
    assert evened(gray).shape == gray.shape


@pytest.mark.parametrize("contrast", [False, True])
def test_noise_and_plain_surfaces_hold_no_face(contrast: bool):
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    assert HogDetector().search(noise, contrast=contrast) == []
    assert HogDetector().search(np.zeros((480, 640), np.uint8), contrast=contrast) == []
    assert HogDetector().search_near(noise, Box(200, 150, 150, 150)) == []


@pytest.mark.parametrize("size", [(1, 1), (1, 8192), (8192, 1), (3, 5)])
def test_pictures_of_a_few_pixels_hold_no_face(size: tuple[int, int]):
    picture = np.full(size, 80, np.uint8)
    assert HogDetector().search(picture) == []
    assert HogDetector().search_near(picture, Box(-50.0, -50.0, 20.0, 20.0)) == []
