from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import dlib  # noqa: E402

from drivermon.errors import InstallationError, SourceError  # noqa: E402
from tests.training.faces import drawn_chips  # noqa: E402
from training.chips import RIM_PX  # noqa: E402
from training.networks import recogniser  # noqa: E402
from training.networks.compact import EmotionNet  # noqa: E402
from training.networks.inherit import inherit  # noqa: E402
from training.networks.recogniser import (  # noqa: E402
    RECOGNISER_FILE,
    Affine,
    find_recogniser,
    read_recogniser,
)


def chips(count: int) -> torch.Tensor:
    return torch.from_numpy(drawn_chips(count).chips[:, None, RIM_PX:-RIM_PX, RIM_PX:-RIM_PX]).float()


def test_it_describes_a_face_as_dlib_does() -> None:
    faces = np.random.default_rng(0).integers(0, 256, (2, 150, 150, 3), np.uint8)
    judge = dlib.face_recognition_model_v1(str(find_recogniser()))
    expected = np.array([judge.compute_face_descriptor(face) for face in faces])
    with torch.inference_mode():
        found = read_recogniser(find_recogniser())(torch.from_numpy(faces).permute(0, 3, 1, 2).float())
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-5)


def test_it_is_found_beside_the_landmark_predictor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recogniser, "find_predictor", lambda: tmp_path / "predictor.dat")
    with pytest.raises(InstallationError, match="pip install face_recognition_models"):
        find_recogniser()


@pytest.mark.parametrize("cut", ["another", "half", "missing"])
def test_a_file_of_something_else_is_refused_by_name(tmp_path: Path, cut: str) -> None:
    path = tmp_path / RECOGNISER_FILE
    whole = find_recogniser().read_bytes()
    if cut != "missing":
        path.write_bytes(b"\x01\x05con_4 is all there is" if cut == "another" else whole[: len(whole) // 2])
    with pytest.raises(SourceError, match=RECOGNISER_FILE):
        read_recogniser(path)


def test_the_compact_network_inherits_layers_and_begins_with_what_they_say() -> None:
    torch.manual_seed(0)
    given, shown = read_recogniser(find_recogniser()), chips(64)
    network = EmotionNet()
    inherit(network, given, shown)
    with torch.inference_mode():
        seen = network.trunk(shown)
        found = network.backbone[:14](seen)
        pixels = 50.0 / 256.0 * seen
        stem = torch.nn.functional.conv2d(pixels, given.conv.weight.sum(1, keepdim=True), given.conv.bias, 2)
        stem = torch.nn.functional.max_pool2d(torch.relu(given.norm(stem)), 3, 2)
        torch.testing.assert_close(found, given.blocks[:10](stem), atol=1e-3, rtol=1e-3)
        again = network.train().backbone(seen)
        judged = network.eval().backbone(seen)
    # on the chips that gave the statistics, training and judging normalise alike
    torch.testing.assert_close(again, judged, atol=0.05, rtol=0.05)


def strongest(convolution: torch.nn.Conv2d, norm: Affine, count: int) -> torch.Tensor:
    strength = convolution.weight.square().sum((1, 2, 3)).sqrt() * norm.weight.abs()
    return strength.topk(count).indices.sort().values


def test_a_narrower_network_keeps_the_strongest_channels_all_through_a_stage() -> None:
    given = read_recogniser(find_recogniser())
    narrow = EmotionNet(widths=(16, 32), blocks=(2, 1))
    inherit(narrow, given, chips(8))
    kept = strongest(given.conv, given.norm, 16)
    for own, block in zip(narrow.backbone[4:6], given.blocks[:2], strict=True):
        inner = strongest(block.conv1, block.norm1, 16)
        assert torch.equal(own.conv1.weight, block.conv1.weight[inner][:, kept])
        assert torch.equal(own.conv2.weight, block.conv2.weight[kept][:, inner])
