from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")

from drivermon.config import RuntimeSettings  # noqa: E402
from drivermon.errors import NetworkError  # noqa: E402
from drivermon.perception.face_crop import FaceCrop  # noqa: E402
from drivermon.perception.follower import FaceFollower  # noqa: E402
from drivermon.perception.registry import find_network  # noqa: E402
from training.face import quantize  # noqa: E402

PORTRAIT = Path(__file__).parents[1] / "data" / "astronaut.png"


@pytest.fixture(scope="module")
def crops() -> "np.typing.NDArray[np.uint8]":
    """A face seen 48 times as a follower might, lit and placed otherwise, (N, 224, 224, 1)."""
    picture, random = cv2.imread(str(PORTRAIT), cv2.IMREAD_GRAYSCALE), np.random.default_rng(0)
    assert picture is not None
    seen = []
    for _ in range(48):
        center = tuple(random.normal((118.0, 128.0), 6.0))
        crop = FaceCrop(center, float(random.uniform(150, 210)), float(random.uniform(-15, 15)))
        light = np.asarray(picture * random.uniform(0.5, 1.0) + random.uniform(0, 30), np.uint8)
        seen.append(crop.cut(light, 224))
    return np.stack(seen)[..., np.newaxis]


def test_a_follower_in_8_bits_says_nearly_the_same(
    crops: "np.typing.NDArray[np.uint8]", tmp_path: Path
) -> None:
    out = tmp_path / "int8.onnx"
    moved = quantize.quantize(find_network("face_follower"), crops[8:], crops[:8], out)
    assert all(moved[name] <= most for name, most in quantize.MOST_MOVED.items())
    assert moved["points"] > 0
    follower = FaceFollower(out, RuntimeSettings())
    assert follower.size_px == 224
    assert [entry.name for entry in tmp_path.iterdir()] == ["int8.onnx"]


def test_a_follower_that_would_move_too_far_is_refused(
    crops: "np.typing.NDArray[np.uint8]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantize, "MOST_MOVED", {"aperture": 1e-6})
    with pytest.raises(NetworkError, match=r"INT8 moves aperture by .* on average, more than 1e-06"):
        quantize.quantize(find_network("face_follower"), crops[8:16], crops[:8], tmp_path / "int8.onnx")
    assert list(tmp_path.iterdir()) == []
