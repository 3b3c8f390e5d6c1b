import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from drivermon.errors import ConfigError, OutputError, SourceError  # noqa: E402
from tests.training.faces import drawn_chips  # noqa: E402
from training import finetune, networks  # noqa: E402
from training.finetune import train  # noqa: E402
from training.frozen import frozen_features  # noqa: E402
from training.networks.compact import SEEN, EmotionNet  # noqa: E402
from training.pixels import logits_of, plain  # noqa: E402
from training.recipe import Recipe, published  # noqa: E402
from training.run import Run, read_recipe  # noqa: E402
from training.targets import hold_out  # noqa: E402

RECIPE = Recipe(epochs=2, batch=16, init="scratch")


def same(one: Any, two: Any) -> bool:
    pairs = zip(one.state_dict().values(), two.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def killed_at(call: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process die while the epoch of that number is judged."""
    original = finetune.held_out_scores
    calls: list[int] = []

    def killed(*arguments: Any) -> dict[str, float]:
        calls.append(1)
        if len(calls) == call:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(finetune, "held_out_scores", killed)


@pytest.mark.parametrize("start", ["scratch", "faces"])
def test_a_killed_run_goes_on_to_the_same_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    chips, recipe = drawn_chips(70), replace(RECIPE, init=start)
    whole = train(chips, tmp_path / "whole", recipe)
    killed_at(2, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        train(chips, tmp_path / "killed", recipe)
    monkeypatch.undo()
    # a process may also die between its log and its checkpoint: that row must not stand twice
    log = tmp_path / "killed" / "log.csv"
    log.write_text(log.read_text() + "2,9.9,0.1,0.1\n")
    assert same(whole, train(chips, tmp_path / "killed", recipe))
    logs = [(tmp_path / name / "log.csv").read_text() for name in ("whole", "killed")]
    assert logs[0] == logs[1]
    assert len(logs[0].splitlines()) == 3
    assert (tmp_path / "whole" / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert not list(tmp_path.rglob("*.part*"))


def test_the_same_seed_gives_the_same_weights_and_another_one_others(tmp_path: Path) -> None:
    chips, recipe = drawn_chips(40), replace(RECIPE, epochs=1, seed=4)
    one, two = (train(chips, tmp_path / name, recipe) for name in ("one", "two"))
    other = train(chips, tmp_path / "other", replace(recipe, seed=5))
    assert same(one, two)
    assert not same(one, other)


def test_a_run_that_gets_no_better_stops_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finetune, "held_out_scores", lambda *_: {"original": 0.5, "votes": 0.5})
    train(drawn_chips(40), tmp_path, replace(RECIPE, epochs=9, patience=2))
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 1 + 3


def test_a_run_starts_from_the_weights_it_is_given(tmp_path: Path) -> None:
    torch.manual_seed(3)
    given = EmotionNet()
    torch.save(given.state_dict(), tmp_path / "best.pt")
    still = replace(RECIPE, epochs=1, init=str(tmp_path / "best.pt"), learning_rate=0.0, weight_decay=0.0)
    begun = train(drawn_chips(40), tmp_path / "run", still)
    assert torch.equal(begun.heads.weight, given.heads.weight)
    torch.save(EmotionNet(widths=(4, 8), blocks=(1, 1)).state_dict(), tmp_path / "best.pt")
    with pytest.raises(SourceError, match="other layers"):
        train(drawn_chips(40), tmp_path / "refused", still)


@pytest.mark.parametrize("still", [1.0, 0.0])
def test_early_layers_keep_what_was_learned_on_faces_for_a_share_of_the_epochs(
    tmp_path: Path, still: float
) -> None:
    recipe = replace(RECIPE, epochs=1, init="faces", still=still)
    trained = train(drawn_chips(40), tmp_path, recipe).state_dict()
    begun = torch.load(tmp_path / "faces.pt", weights_only=True)
    begun.pop(SEEN)
    early = [name for name in begun if int(name.split(".")[1]) < len(EmotionNet().early())]
    assert len(early) > 30
    kept = [torch.equal(trained[name], begun[name]) for name in early]
    assert all(kept) if still else not all(kept)
    assert not torch.equal(trained["backbone.14.conv2.weight"], begun["backbone.14.conv2.weight"])


def test_early_layers_that_were_given_weights_learn_more_slowly() -> None:
    network = EmotionNet(widths=(4, 8, 8), blocks=(1, 1, 1))
    rates = {
        init: {group["lr"] for group in Run(network, replace(RECIPE, init=init), 1).optimizer.param_groups}
        for init in ("faces", "best.pt", "scratch")
    }
    assert rates["best.pt"] == rates["faces"]
    assert len(rates["scratch"]) == 1
    assert max(rates["faces"]) == pytest.approx(min(rates["faces"]) / RECIPE.early_rate)


def test_a_teacher_that_is_missing_stops_the_run_before_it_begins(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="missing"):
        train(drawn_chips(64), tmp_path / "run", replace(RECIPE, teachers=(tmp_path / "best.pt",)))
    assert not (tmp_path / "run" / "last.pt").exists()


def test_a_folder_that_can_not_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="can't be written"):
        train(drawn_chips(40), tmp_path / "file" / "run", RECIPE)


def test_a_run_keeps_its_recipe_and_goes_on_with_no_other(tmp_path: Path) -> None:
    chips, recipe = drawn_chips(40), replace(RECIPE, epochs=1, seed=4)
    train(chips, tmp_path, recipe)
    assert read_recipe(tmp_path)["seed"] == 4
    assert read_recipe(tmp_path)["init"] == "scratch"
    train(chips, tmp_path, replace(recipe, threads=2))
    with pytest.raises(ConfigError, match=r"another recipe \(epochs 1, now 3; seed 4, now 5\)"):
        train(chips, tmp_path, replace(recipe, epochs=3, seed=5))


def test_an_empty_class_is_named(tmp_path: Path) -> None:
    chips = drawn_chips(70)
    with pytest.raises(SourceError, match="shows fear"):
        train(chips[chips.original != 2], tmp_path, RECIPE)


def test_fewer_chips_than_a_batch_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="fewer than one batch of 128"):
        train(drawn_chips(70), tmp_path, Recipe())


def test_the_published_rate_falls_to_a_tenth_after_each_third() -> None:
    network = EmotionNet(widths=(4, 8), blocks=(1, 1))
    run = Run(network, published("compact", batch=4, face_rate=0.0), steps=9)
    rates = []
    for _ in range(9):
        rates.append(run.optimizer.param_groups[0]["lr"])
        run.step(network(torch.rand(2, 1, 16, 16)).square().mean())
    assert rates == pytest.approx([1e-3] * 3 + [1e-4] * 3 + [1e-5] * 3)
    assert run.optimizer.param_groups[0]["momentum"] == 0.9


def test_what_frozen_layers_see_is_computed_once_and_gives_the_same_logits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    network, chips = networks.build("alexnet").eval(), drawn_chips(3).chips
    seen = frozen_features(network, chips, tmp_path)
    whole = logits_of(network, torch.from_numpy(chips))
    torch.testing.assert_close(logits_of(network, seen, frozen=True), whole, atol=5e-3, rtol=0.1)
    monkeypatch.setattr("training.frozen.plain", None)  # to compute anything again would fail
    assert torch.equal(frozen_features(network, chips, tmp_path), seen)
    with pytest.raises(TypeError):
        frozen_features(networks.build("alexnet"), chips, tmp_path)  # other weights see other things


@pytest.mark.slow
def test_a_classic_network_given_weights_learns_in_its_last_layers_only(tmp_path: Path) -> None:
    torch.manual_seed(1)
    public = networks.build("alexnet").state_dict()
    public |= {"classifier.6.weight": torch.randn(1000, 4096), "classifier.6.bias": torch.randn(1000)}
    torch.save(public, tmp_path / "public.pth")
    recipe = replace(
        networks.recipe_of("alexnet"),
        epochs=1,
        batch=14,
        init=str(tmp_path / "public.pth"),
        learning_rate=1e-2,
    )
    trained = train(drawn_chips(35), tmp_path / "run", recipe).state_dict()
    moved = {key for key, value in trained.items() if key in public and not torch.equal(value, public[key])}
    assert {key.rsplit(".", 1)[0] for key in moved} == {
        "features.10",
        "classifier.1",
        "classifier.4",
        "classifier.6",
    }


def test_gray_chips_fill_the_size_that_a_network_wants_and_colour_ones_too() -> None:
    network = networks.build("alexnet")
    wide = torch.from_numpy(drawn_chips(2).chips)
    assert plain(network, wide).shape == (2, 1, 224, 224)
    colour = wide[..., None].expand(-1, -1, -1, 3).contiguous()
    assert plain(network, colour).shape == (2, 3, 224, 224)
    gray = plain(EmotionNet(widths=(4, 8), blocks=(1, 1)), colour)
    torch.testing.assert_close(gray, plain(EmotionNet(widths=(4, 8), blocks=(1, 1)), wide), atol=1.0, rtol=0)


TWO_PROCESSES = """
import sys
from dataclasses import replace
from pathlib import Path
import torch
from tests.training.faces import drawn_chips
from training import finetune
from training.recipe import Recipe
from training.run import Run
import os
seen = []
step = Run.step
def watched(run, loss):
    step(run, loss)
    seen.append(torch.cat([w.grad.flatten() for w in run.network.parameters() if w.grad is not None]))
    watched.last = torch.cat([w.detach().flatten() for w in run.network.parameters()])
Run.step = watched
rank = os.environ["RANK"]
folder = Path(sys.argv[1])
finetune.train(drawn_chips(70), folder / f"run{rank}", Recipe(epochs=2, batch=16))
torch.save({"gradients": seen, "weights": watched.last}, folder / f"seen{rank}.pt")
"""


@pytest.mark.slow
def test_two_processes_follow_one_gradient_and_the_first_alone_writes(tmp_path: Path) -> None:
    (tmp_path / "two.py").write_text(TWO_PROCESSES)
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    subprocess.run(
        [*command, str(tmp_path / "two.py"), str(tmp_path)],
        check=True,
        timeout=180,
        env=os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
        cwd=tmp_path,
        capture_output=True,
    )
    one, two = (torch.load(tmp_path / f"seen{rank}.pt") for rank in range(2))
    assert len(one["gradients"]) >= 3
    # in the first epoch the early layers keep still and have none
    assert len(one["gradients"][0]) < len(one["gradients"][-1])
    assert all(torch.equal(*pair) for pair in zip(one["gradients"], two["gradients"], strict=True))
    assert torch.equal(one["weights"], two["weights"])
    assert sorted(path.name for path in (tmp_path / "run0").iterdir()) == [
        "best.pt",
        "curves.png",
        "faces.pt",
        "last.pt",
        "log.csv",
        "recipe.json",
    ]
    assert not (tmp_path / "run1").exists()
    assert np.isfinite(one["weights"].numpy()).all()


def test_the_manifests_validation_part_is_what_is_held_out() -> None:
    chips = drawn_chips(40)
    marked = chips.split.astype("U10")
    marked[::5] = "validation"
    chips = replace(chips, split=marked)
    learned, held = hold_out(chips)
    assert (len(learned), len(held)) == (32, 8)
    assert set(held.split) == {"validation"}


def test_colour_chips_are_disturbed_into_gray_ones_for_the_compact_network() -> None:
    network = EmotionNet(widths=(4, 8), blocks=(1, 1))
    wide = torch.from_numpy(drawn_chips(2).chips)[..., None].expand(-1, -1, -1, 3).contiguous()
    late = finetune._preparation(network, wide, False, replace(RECIPE, small_first=False), 0, seed=0)
    assert late(wide).shape == (2, 1, 64, 64)
