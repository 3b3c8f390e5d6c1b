import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from drivermon.config import RuntimeSettings
from drivermon.errors import InstallationError, NetworkError
from drivermon.perception.alignment import DEFAULT_GEOMETRY
from drivermon.perception.emotion import EmotionNetwork
from drivermon.perception.registry import find_network, shipped_networks, verify


def write_registry(folder: Path, content: bytes = b"network") -> Path:
    (folder / "tiny.onnx").write_bytes(content)
    entry = {
        "file": "tiny.onnx",
        "sha256": hashlib.sha256(b"network").hexdigest(),
        "licence": "test",
        "card": "tiny.md",
    }
    (folder / "registry.json").write_text(json.dumps({"tiny": entry}))
    return folder


def test_a_registered_network_is_found_by_name(tmp_path: Path) -> None:
    assert find_network("tiny", write_registry(tmp_path)) == tmp_path / "tiny.onnx"


def test_in_8_bits_is_taken_what_is_shipped_so(tmp_path: Path) -> None:
    write_registry(tmp_path)
    assert find_network("tiny", tmp_path, int8=True) == tmp_path / "tiny.onnx"
    registry = tmp_path / "registry.json"
    entry = json.loads(registry.read_text())["tiny"]
    (tmp_path / "small.onnx").write_bytes(b"network")
    registry.write_text(json.dumps({"tiny": entry, "tiny_int8": {**entry, "file": "small.onnx"}}))
    assert find_network("tiny", tmp_path, int8=True) == tmp_path / "small.onnx"
    assert find_network("tiny", tmp_path) == tmp_path / "tiny.onnx"
    assert find_network("net.onnx", tmp_path, int8=True) == Path("net.onnx")


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    assert find_network("some/folder/net.onnx") == Path("some/folder/net.onnx")
    assert find_network("net.onnx") == Path("net.onnx")


def test_another_file_under_the_shipped_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="not the file that was shipped"):
        find_network("tiny", write_registry(tmp_path, b"another network"))


def test_a_registered_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    (write_registry(tmp_path) / "tiny.onnx").unlink()
    with pytest.raises(NetworkError, match="can't be read"):
        find_network("tiny", tmp_path)


def test_an_unknown_name_says_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="there is tiny"):
        find_network("large", write_registry(tmp_path))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"tiny": {}}', '{"tiny": 3}'])
def test_a_broken_registry_is_an_installation_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "registry.json").write_text(text)
    with pytest.raises(InstallationError, match="registry"):
        shipped_networks(tmp_path)


def test_every_shipped_network_is_the_one_in_the_registry_and_has_its_card() -> None:
    networks = shipped_networks()
    assert {"emotion", "emotion_int8", "face_follower", "face_follower_int8"} <= set(networks)
    for network in networks.values():
        verify(network)
        assert network.sha256 in network.card.read_text("utf-8")
        assert network.licence


def test_the_shipped_emotion_network_runs_on_default_chips() -> None:
    network = EmotionNetwork(find_network("emotion"), RuntimeSettings())
    assert network.geometry == DEFAULT_GEOMETRY
    rng = np.random.default_rng(0)
    chips = rng.integers(0, 256, (5, 64, 64, 1), np.uint8)
    together = network.probabilities(chips)
    alone = np.concatenate([network.probabilities(chip[None]) for chip in chips])
    np.testing.assert_allclose(together, alone, atol=1e-4)
