import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

from drivermon.config import RuntimeSettings
from drivermon.errors import FrameError, NetworkError
from drivermon.perception.alignment import ChipGeometry
from drivermon.perception.emotion import OUTPUTS, EmotionNetwork, chip_metadata, read_geometry
from tests.perception.tiny_networks import METADATA, write_network


def chips_of(*levels: int) -> Any:
    return np.stack([np.full((16, 16, 1), level, np.uint8) for level in levels])


def test_probabilities_come_in_rows_that_sum_to_one(tmp_path: Path) -> None:
    network = EmotionNetwork(write_network(tmp_path / "net.onnx"), RuntimeSettings())
    result = network.probabilities(chips_of(0, 128, 255))
    assert result.shape == (3, 7)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result.sum(1), 1.0, atol=1e-5)
    np.testing.assert_allclose(result[0], 1 / 7, atol=1e-5)
    assert result[2].argmax() == 6
    assert (np.diff(result[:, 6]) > 0).all()


def test_each_view_is_its_own_output_and_the_network_gives_the_one_it_was_opened_with(tmp_path: Path) -> None:
    path = write_network(tmp_path / "net.onnx", slopes=(0.02, 0.01, -0.02))
    network = EmotionNetwork(path, RuntimeSettings())
    chips = chips_of(255)
    shipped, original, votes = (network.probabilities(chips, view)[0] for view in OUTPUTS)
    assert shipped[6] > original[6] > 1 / 7 > votes[6]
    np.testing.assert_array_equal(network.probabilities(chips)[0], shipped)
    np.testing.assert_array_equal(
        EmotionNetwork(path, RuntimeSettings(), "votes").probabilities(chips)[0], votes
    )


def test_no_chips_give_no_rows(tmp_path: Path) -> None:
    network = EmotionNetwork(write_network(tmp_path / "net.onnx"), RuntimeSettings())
    assert network.probabilities(np.empty((0, 16, 16, 1), np.uint8)).shape == (0, 7)


def test_geometry_comes_from_the_metadata(tmp_path: Path) -> None:
    network = EmotionNetwork(write_network(tmp_path / "net.onnx"), RuntimeSettings())
    assert network.geometry == ChipGeometry(16, (0.31, 0.37), 1)
    assert network.providers == ("CPUExecutionProvider",)
    assert len(network.digest) == 64


def test_geometry_survives_its_own_metadata() -> None:
    geometry = ChipGeometry(48, (0.3, 0.4), 3)
    metadata = METADATA | {"chip": chip_metadata(geometry)}
    assert read_geometry(Path("net.onnx"), metadata) == geometry


@pytest.mark.parametrize(
    "chips",
    [
        np.zeros((1, 16, 16, 1), np.float32),
        np.zeros((1, 16, 16, 3), np.uint8),
        np.zeros((16, 16, 1), np.uint8),
        np.zeros((1, 64, 64, 1), np.uint8),
    ],
)
def test_chips_of_another_shape_or_type_are_refused(tmp_path: Path, chips: Any) -> None:
    network = EmotionNetwork(write_network(tmp_path / "net.onnx"), RuntimeSettings())
    with pytest.raises(FrameError, match="takes uint8"):
        network.probabilities(chips)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"metadata": {}}, "drivermon_kind is missing"),
        ({"metadata": METADATA | {"drivermon_kind": "eyes"}}, "drivermon_kind is eyes"),
        ({"metadata": {k: v for k, v in METADATA.items() if k != "labels"}}, "has no labels"),
        ({"metadata": METADATA | {"labels": "anger, fear"}}, "can't be understood"),
        ({"metadata": METADATA | {"labels": json.dumps(["happy", "anger"])}}, "its labels are"),
        ({"metadata": METADATA | {"chip": "[]"}}, "can't be understood"),
        ({"metadata": METADATA | {"chip": '{"size_px": 16}'}}, "has no left_eye"),
        (
            {"metadata": METADATA | {"chip": '{"size_px": 16, "left_eye": [0.9, 0.4], "channels": 1}'}},
            "can't be understood",
        ),
        ({"classes": 6}, r"shape \['N', 6\]"),
        ({"input_type": TensorProto.FLOAT}, "tensor of uint8"),
        ({"input_shape": ("N", 1, 16, 16)}, "its input has shape"),
        ({"input_shape": (1, 16, 16, 1)}, "its input has shape"),
        ({"outputs": ("probabilities",)}, "no output probabilities_original"),
        ({"offset": float("nan")}, "not finite"),
        ({"offset": float("inf")}, "not finite"),
        ({"offset": 0.5}, "sum to 1"),
        ({"final": "Identity"}, "sum to 1"),
    ],
)
def test_a_network_that_is_not_ours_is_refused(tmp_path: Path, wrong: dict[str, Any], words: str) -> None:
    path = write_network(tmp_path / "wrong.onnx", **wrong)
    with pytest.raises(NetworkError, match=words) as caught:
        EmotionNetwork(path, RuntimeSettings())
    assert str(path) in str(caught.value)
    assert "export" in str(caught.value)
