from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from drivermon.config import Settings
from drivermon.errors import NetworkError
from drivermon.perception.box import iou
from drivermon.perception.detector import Detection
from drivermon.perception.face_path import open_detector
from drivermon.perception.yunet import YuNetDetector

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def yunet(shared_data: Path) -> YuNetDetector:
    (file,) = shared_data.glob("teachers/*yunet*.onnx")
    return YuNetDetector(file)


@pytest.mark.parametrize("channels", [1, 3])
def test_it_finds_the_face_where_hog_does(
    yunet: YuNetDetector, cabin: Picture, detection: Detection, channels: int
) -> None:
    picture = cabin if channels == 3 else np.ascontiguousarray(cabin[:, :, 1])
    for contrast in (False, True):
        (found,) = yunet.search(picture, contrast=contrast)
        assert iou(found.box, detection.box) > 0.6
    (near,) = yunet.search_near(picture, detection.box)
    assert iou(near.box, detection.box) > 0.6


def test_a_face_of_another_size_is_not_the_one_that_was_near(yunet: YuNetDetector, cabin: Picture) -> None:
    (found,) = yunet.search(cabin)
    assert yunet.search_near(cabin, found.box.grown(3.0)) == []


def test_noise_has_no_face(yunet: YuNetDetector) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (240, 320), dtype=np.uint8)
    assert yunet.search(noise) == []


def test_a_missing_or_broken_file_is_one_clear_error(tmp_path: Path) -> None:
    settings = Settings.model_validate({"face": {"detector": "yunet", "yunet": str(tmp_path / "none.onnx")}})
    with pytest.raises(NetworkError, match=r"none\.onnx: no YuNet there"):
        open_detector(settings)
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network")
    with pytest.raises(NetworkError, match="no YuNet that OpenCV can run"):
        YuNetDetector(broken)


def test_yunet_without_its_path_is_refused() -> None:
    with pytest.raises(ValueError, match="needs the path of its file"):
        Settings.model_validate({"face": {"detector": "yunet"}})
