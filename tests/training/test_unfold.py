from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from drivermon.config import RuntimeSettings  # noqa: E402
from drivermon.errors import SourceError  # noqa: E402
from drivermon.perception.follower import OUTPUTS, FaceFollower  # noqa: E402
from drivermon.perception.registry import find_network  # noqa: E402
from tests.training.deployed import PROVENANCE, deployed, small_network  # noqa: E402
from tests.training.faces import drawn_chips  # noqa: E402
from training.export import export  # noqa: E402
from training.face.detector_network import DetectorNet  # noqa: E402
from training.face.export import DeployedFollower  # noqa: E402
from training.face.follower_network import EYE, FollowerNet  # noqa: E402
from training.face.training_run import FaceRecipe, begun  # noqa: E402
from training.finetune import started  # noqa: E402
from training.judging import chips_for  # noqa: E402
from training.networks.compact import EmotionNet  # noqa: E402
from training.networks.unfold import enlarged_by, read_exported, unfold  # noqa: E402
from training.places import Place  # noqa: E402
from training.recipe import Recipe  # noqa: E402


def faces(count: int) -> "np.typing.NDArray[np.uint8]":
    """Drawn faces as the follower's crops, (N, 224, 224, 1)."""
    small = np.pad(drawn_chips(count).chips, ((0, 0), (16, 16), (16, 16)), mode="edge")
    return small.repeat(2, 1).repeat(2, 2)[..., None]


def test_the_shipped_follower_can_go_on_learning_from_what_it_says() -> None:
    path, crops = find_network("face_follower"), faces(8)
    pixels = torch.from_numpy(crops).permute(0, 3, 1, 2)
    network = begun(FollowerNet(), FaceRecipe(init=path), lambda: {"image": pixels})
    with torch.inference_mode():
        said = DeployedFollower(network)(torch.from_numpy(crops))
    expected = FaceFollower(path, RuntimeSettings())._network.run(crops)
    for one, other in zip(said, expected, strict=True):
        np.testing.assert_allclose(one.numpy(), other, atol=2e-3)
    # its statistics are those of the pictures shown: it learns on where it stood
    with torch.inference_mode():
        learning = network.train()(pixels.float()).points
        judging = network.eval()(pixels.float()).points
    assert float((learning - judging).abs().max()) < 0.05


def test_a_part_can_begin_anew_and_all_else_is_taken_over() -> None:
    path, crops = find_network("face_follower"), faces(8)
    pixels = torch.from_numpy(crops).permute(0, 3, 1, 2)
    random = FollowerNet()
    eye = {name: value.clone() for name, value in random.eye.state_dict().items()}
    network = begun(random, FaceRecipe(init=path), lambda: {"image": pixels}, EYE)
    for name, value in network.eye.state_dict().items():
        torch.testing.assert_close(value, eye[name], atol=0.0, rtol=0.0)
    with torch.inference_mode():
        said = DeployedFollower(network)(torch.from_numpy(crops))
    expected = FaceFollower(path, RuntimeSettings())._network.run(crops)
    for output, one, other in zip(OUTPUTS, said, expected, strict=True):
        if output not in ("aperture", "visible"):
            np.testing.assert_allclose(one.numpy(), other, atol=2e-3)


def test_an_exported_emotion_network_gives_the_same_logits(exported_network: Path) -> None:
    shown = torch.from_numpy(drawn_chips(14).chips[:, None, 8:-8, 8:-8]).float()
    original = small_network()
    network = EmotionNet(widths=(4, 8), blocks=(1, 1))
    unfold(network, read_exported(exported_network), str(exported_network), lambda: network(shown))
    with torch.inference_mode():
        torch.testing.assert_close(network(shown), original(shown), atol=1e-4, rtol=1e-4)


def test_an_export_tells_the_size_at_which_it_sees_chips(tmp_path: Path) -> None:
    model = deployed()
    model.network.enlarged = 1.25
    path = tmp_path / "emotion.onnx"
    export(model, PROVENANCE, chips_for(model.network.geometry, drawn_chips(4).chips), path)
    assert enlarged_by(path) == 1.25
    with pytest.raises(SourceError, match=r"absent\.onnx can't be read"):
        enlarged_by(tmp_path / "absent.onnx")


def test_training_starts_from_the_shipped_network(tmp_path: Path) -> None:
    path = find_network("emotion")
    recipe = Recipe(init=str(path), batch=7)
    network = started(drawn_chips(14), tmp_path, tmp_path, recipe, Place(torch.device("cpu")))
    stored = read_exported(path)["heads"][0]
    np.testing.assert_array_equal(network.get_submodule("heads").weight.detach().numpy(), stored)
    assert isinstance(network, EmotionNet)
    assert network.enlarged == enlarged_by(path)


def test_a_file_of_another_network_is_refused_by_the_name_of_a_layer(tmp_path: Path) -> None:
    path = find_network("face_follower")
    with pytest.raises(SourceError, match=r"face_follower\.onnx is no export of DetectorNet"):
        unfold(DetectorNet(), read_exported(path), str(path), lambda: None)
    (tmp_path / "half.onnx").write_bytes(path.read_bytes()[:1000])
    for name in ("half.onnx", "absent.onnx"):
        with pytest.raises(SourceError, match=f"{name} can't be read"):
            read_exported(tmp_path / name)
