from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from drivermon.config import RuntimeSettings
from drivermon.errors import NetworkError
from drivermon.perception.box import Box
from drivermon.perception.face_detector import NetworkDetector
from drivermon.perception.landmarks import HOG_ABOVE
from tests.perception.tiny_face_networks import write_detector, write_follower


def picture(*cells: tuple[int, int], height: int = 480, width: int = 640) -> NDArray[np.uint8]:
    """A black picture with bright cells, given by row and column."""
    image = np.zeros((height, width), np.uint8)
    cell = max(height, width) // 20
    for row, column in cells:
        image[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell] = 230
    return image


@pytest.fixture
def detector(tmp_path: Path) -> NetworkDetector:
    return NetworkDetector(write_detector(tmp_path / "net.onnx"), RuntimeSettings())


@pytest.mark.parametrize(("height", "width"), [(480, 640), (640, 480), (720, 1280), (90, 160), (200, 200)])
def test_a_face_is_found_where_it_is_in_any_format(
    detector: NetworkDetector, height: int, width: int
) -> None:
    (face,) = detector.search(picture((3, 6), height=height, width=width))
    cell = max(height, width) / 20
    x, y = face.box.center
    assert x == pytest.approx(6.5 * cell, abs=0.1 * cell)
    assert y + HOG_ABOVE * face.box.side == pytest.approx(3.5 * cell, abs=0.1 * cell)
    assert face.box.side == pytest.approx(4.1 * cell, rel=0.05)
    assert face.score == pytest.approx(230 / 255, abs=0.02)


def test_colour_and_gray_give_the_same(detector: NetworkDetector) -> None:
    gray = picture((3, 6), (9, 15))
    colour = np.repeat(gray[..., None], 3, axis=2)
    assert detector.search(colour) == detector.search(gray)
    assert len(detector.search(gray)) == 2


def test_cells_of_one_face_give_one_box(detector: NetworkDetector) -> None:
    assert len(detector.search(picture((3, 6), (3, 7), (4, 6)))) == 1


def test_nothing_gives_nothing(detector: NetworkDetector) -> None:
    assert detector.search(picture()) == []


def test_near_a_face_only_that_place_is_searched(detector: NetworkDetector) -> None:
    image = picture((3, 6), (9, 15), height=480, width=640)
    (first, _) = sorted(detector.search(image), key=lambda face: face.box.x)
    region = Box(first.box.x, first.box.y, first.box.width, first.box.height)
    assert all(face.box.center[0] < 400 for face in detector.search_near(image, region))


def test_what_is_no_detector_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="drivermon_kind is face_follower"):
        NetworkDetector(write_follower(tmp_path / "net.onnx"), RuntimeSettings())
