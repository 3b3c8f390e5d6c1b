from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")

from drivermon.perception.alignment import DEFAULT_GEOMETRY  # noqa: E402
from tests.training.faces import drawn_chips  # noqa: E402
from training import face_embeddings, face_weights  # noqa: E402
from training.face_embeddings import cached_embeddings, embed  # noqa: E402
from training.face_weights import weights_of_faces  # noqa: E402
from training.finetune import started, train  # noqa: E402
from training.networks import HEADS, NETWORKS, Entry, Network, build  # noqa: E402
from training.networks.base import linear_head  # noqa: E402
from training.places import Place  # noqa: E402
from training.recipe import Recipe  # noqa: E402

CPU = torch.device("cpu")
RECIPE = Recipe(network="sketch", epochs=1, batch=16, init="faces", face_epochs=2, face_limit=40)


class Sketch(Network):
    """The least that learns to see what the recogniser sees."""

    geometry = DEFAULT_GEOMETRY
    head = "last"
    width = 8

    def __init__(self) -> None:
        super().__init__()
        self.first = torch.nn.Conv2d(1, self.width, 8, 8)
        self.last = linear_head(self.width)

    def trunk(self, chips: torch.Tensor) -> torch.Tensor:
        return chips / 255.0

    def describe(self, seen: torch.Tensor) -> torch.Tensor:
        described: torch.Tensor = torch.relu(self.first(seen)).mean((2, 3))
        return described


@pytest.fixture(autouse=True)
def _sketch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NETWORKS, "sketch", Entry(Sketch, RECIPE))


def stand_in(wide: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Describe a chip by a fixed random projection, at no cost."""
    projection = np.random.default_rng(0).normal(size=(wide[0].size // 64, 128))
    return np.asarray(wide.reshape(len(wide), -1)[:, ::64] @ projection, np.float32)


def test_a_face_is_described_by_128_numbers_that_change_little_with_exposure() -> None:
    chip = drawn_chips(1).chips
    darker = (0.8 * chip).astype(np.uint8)
    other = drawn_chips(7, seed=3).chips[6:]
    one, two, three = embed(np.concatenate([chip, darker, other]))
    assert one.shape == (128,)
    assert np.linalg.norm(one - two) < np.linalg.norm(one - three)


def test_every_face_is_described_once_and_a_killed_run_loses_one_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described: list[int] = []

    def counted(wide: NDArray[np.uint8]) -> NDArray[np.float32]:
        if len(described) == 2 and sum(described) == 8:
            described.append(0)
            raise KeyboardInterrupt
        described.append(len(wide))
        return stand_in(wide)

    monkeypatch.setattr(face_embeddings, "BLOCK", 4)
    monkeypatch.setattr(face_embeddings, "embed", counted)
    chips = drawn_chips(12).chips
    cache = tmp_path / "embeddings.npz"
    with pytest.raises(KeyboardInterrupt):
        cached_embeddings(chips, cache)
    found = cached_embeddings(chips, cache)
    np.testing.assert_array_equal(found, stand_in(chips))
    np.testing.assert_array_equal(cached_embeddings(chips[::-1], cache), found[::-1])
    assert sum(described) == len(np.unique(chips, axis=0))


def test_learning_faces_goes_on_after_a_kill_to_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(face_embeddings, "embed", stand_in)
    chips = drawn_chips(40)
    folders = [tmp_path / name for name in ("whole", "killed")]
    for folder in folders:
        folder.mkdir()
    whole = weights_of_faces(chips, folders[0], tmp_path, RECIPE, CPU)
    one_epoch = face_weights._one_epoch

    def killed(*arguments: object) -> float:
        if arguments[-1] == 1:
            raise KeyboardInterrupt
        return one_epoch(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(face_weights, "_one_epoch", killed)
    with pytest.raises(KeyboardInterrupt):
        weights_of_faces(chips, folders[1], tmp_path, RECIPE, CPU)
    monkeypatch.setattr(face_weights, "_one_epoch", one_epoch)
    resumed = weights_of_faces(chips, folders[1], tmp_path, RECIPE, CPU)
    assert whole.keys() == {"first.weight", "first.bias"}
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)
    torch.manual_seed(RECIPE.seed)
    start = build("sketch").state_dict()
    assert not torch.equal(whole["first.weight"], start["first.weight"])


def test_a_run_from_faces_starts_from_what_was_learned_on_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(face_embeddings, "embed", stand_in)
    still = replace(RECIPE, learning_rate=0.0, weight_decay=0.0)
    network = train(drawn_chips(70), tmp_path / "run", still, tmp_path / "cache")
    faces = torch.load(tmp_path / "run" / "faces.pt", weights_only=True)
    assert torch.equal(network.state_dict()["first.weight"], faces["first.weight"])
    assert "last had no outputs and starts anew" in capsys.readouterr().out
    assert (tmp_path / "cache" / "embeddings.npz").is_file()


def test_a_run_killed_between_faces_and_its_first_epoch_goes_on_to_the_same_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(face_embeddings, "embed", stand_in)
    alone = Place(CPU)
    chips, recipe = drawn_chips(40), replace(RECIPE, face_epochs=1)
    (tmp_path / "run").mkdir()
    fresh = started(chips, tmp_path / "run", tmp_path, recipe, alone)
    again = started(chips, tmp_path / "run", tmp_path, recipe, alone)
    assert torch.equal(fresh.state_dict()["last.weight"], again.state_dict()["last.weight"])
    assert torch.equal(fresh.state_dict()["first.weight"], again.state_dict()["first.weight"])


def test_the_compact_network_starts_from_the_recogniser_and_says_nothing_yet(tmp_path: Path) -> None:
    recipe = Recipe(init="faces", batch=16)
    network = started(drawn_chips(40), tmp_path, tmp_path, recipe, Place(CPU))
    torch.manual_seed(recipe.seed)
    fresh = build("compact").state_dict()
    assert not torch.equal(network.state_dict()["backbone.0.weight"], fresh["backbone.0.weight"])
    assert not (tmp_path / "embeddings.npz").exists()
    with torch.inference_mode():
        said = network.eval()(torch.full((1, 1, 64, 64), 90.0)).softmax(2)
    assert said.shape == (1, len(HEADS), 7)
    assert float(said.max()) < 0.25
