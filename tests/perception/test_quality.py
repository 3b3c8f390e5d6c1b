import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from drivermon.perception.quality import measure_quality


def test_a_black_picture_is_dark_and_shows_nothing():
    quality = measure_quality(np.zeros((480, 640, 3), np.uint8))
    assert (quality.brightness, quality.contrast, quality.detail) == (0.0, 0.0, 0.0)
    assert (quality.dark, quality.bright) == (1.0, 0.0)


def test_half_white_half_black_is_both_dark_and_bright():
    picture = np.zeros((480, 640), np.uint8)
    picture[:, 320:] = 255
    quality = measure_quality(picture)
    assert quality.brightness == pytest.approx(127.5, abs=0.1)
    assert quality.contrast == pytest.approx(127.5, abs=0.1)
    assert quality.dark == pytest.approx(0.5)
    assert quality.bright == pytest.approx(0.5)


def test_a_covered_lens_loses_detail_and_noise_alone_is_none(cabin: NDArray[np.uint8]):
    sharp = measure_quality(cabin).detail
    blurred = np.asarray(cv2.GaussianBlur(cabin, (0, 0), 25), np.uint8)
    noisy = np.random.default_rng(2).normal(60, 4, (480, 640)).clip(0, 255).astype(np.uint8)
    assert sharp > 3
    assert measure_quality(blurred).detail < 1
    assert measure_quality(noisy).detail < sharp


@pytest.mark.parametrize("size", [(240, 320), (480, 640), (1080, 1920), (4320, 7680)])
def test_size_changes_little(cabin: NDArray[np.uint8], size: tuple[int, int]):
    gray = cv2.cvtColor(cabin, cv2.COLOR_BGR2GRAY)
    usual = measure_quality(np.asarray(gray))
    other = measure_quality(np.asarray(cv2.resize(gray, size[::-1], interpolation=cv2.INTER_AREA)))
    assert other.brightness == pytest.approx(usual.brightness, abs=2)
    assert other.contrast == pytest.approx(usual.contrast, rel=0.1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (1, 8192), (8192, 1)])
def test_pictures_of_any_size_are_measured(shape: tuple[int, ...]):
    assert measure_quality(np.full(shape, 100, np.uint8)).brightness == pytest.approx(100, abs=1)
