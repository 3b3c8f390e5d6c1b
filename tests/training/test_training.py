import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")

from drivermon.config import RuntimeSettings  # noqa: E402
from drivermon.errors import NetworkError, OutputError, SourceError  # noqa: E402
from drivermon.perception.alignment import DEFAULT_GEOMETRY  # noqa: E402
from drivermon.perception.emotion import EmotionNetwork  # noqa: E402
from drivermon.perception.registry import find_network  # noqa: E402
from tests.training.faces import drawn_chips  # noqa: E402
from training import export as exporting  # noqa: E402
from training import finetune  # noqa: E402
from training.__main__ import main  # noqa: E402
from training.augment import Augment  # noqa: E402
from training.calibrate import Calibration, Head, calibrate, calibration_rows, fit_head  # noqa: E402
from training.evaluate import inner, judge_fer2013, table  # noqa: E402
from training.export import Deployed, Provenance, export, register  # noqa: E402
from training.metrics import calibration_error  # noqa: E402
from training.networks.compact import EmotionNet  # noqa: E402
from training.run import Recipe, Run, load_best  # noqa: E402
from training.targets import Rows, hold_out, loss_of, without_repeats  # noqa: E402

RECIPE = Recipe(epochs=2, batch=16)
PROVENANCE = Provenance("drawn faces", "test", "pytest")
PLAIN = Head(1.0, (0.0,) * 7)


def deployed() -> Deployed:
    torch.manual_seed(0)
    network = EmotionNet(widths=(4, 8), blocks=(1, 1)).eval()
    return Deployed(network, Calibration(PLAIN, PLAIN, 0.4, 0.3, (1 / 7,) * 7))


def test_a_group_never_stands_on_both_sides_and_the_split_ignores_order() -> None:
    chips = drawn_chips(200)
    learned, held = hold_out(chips)
    assert len(learned) + len(held) == 200
    assert 4 <= len(held) <= 40
    assert not set(learned.group) & set(held.group)
    _, again = hold_out(chips[np.arange(200)[::-1]])
    assert set(again.group) == set(held.group)


def test_repeats_are_dropped_where_groups_mean_repeats() -> None:
    chips = drawn_chips(4)
    chips.group[:] = ["a", "a", "b", "b"]
    chips.dataset[:] = ["fer20", "fer20", "drawn", "drawn"]
    fer = chips.dataset.astype("U16")
    fer[:2] = "fer2013-train"
    assert len(without_repeats(replace(chips, dataset=fer))) == 3


def test_rare_classes_are_drawn_more_often() -> None:
    chips = drawn_chips(70)
    keep = (chips.original != 1) | (np.arange(70) < 7)
    rows = Rows.of(chips[keep])
    rare = rows.original == 1
    assert float(rows.often[rare].min()) > float(rows.often[~rare].max())
    assert float(rows.often.mean()) == pytest.approx(1.0)


def test_a_row_without_a_label_does_not_pull_on_that_head() -> None:
    chips = drawn_chips(1)
    chips.original[:], chips.happy[:], chips.votes[:] = -1, 1, 0
    logits = torch.zeros(1, 2, 7, requires_grad=True)
    loss_of(logits, Rows.of(chips)).backward()
    assert float(logits.grad[0, 0].abs().sum()) == 0.0
    assert float(logits.grad[0, 1, 3]) < 0.0


def test_teachers_pull_on_both_heads_as_far_as_they_are_trusted() -> None:
    chips = drawn_chips(1)
    chips.original[:], chips.happy[:], chips.votes[:] = 0, -1, 0
    taught = torch.zeros(1, 2, 7)
    taught[0, :, 6] = 1.0
    rows = Rows.of(chips, taught)

    def gradient(trust: float) -> torch.Tensor:
        logits = torch.zeros(1, 2, 7, requires_grad=True)
        loss_of(logits, rows, trust).backward()
        return logits.grad[0]

    assert float(gradient(0.0)[0].argmin()) == 0
    assert float(gradient(0.0)[1].abs().sum()) == 0.0
    assert (gradient(1.0).argmin(1) == 6).all()
    assert torch.allclose(gradient(0.25), 0.75 * gradient(0.0) + 0.25 * gradient(1.0))


def test_a_teacher_that_is_missing_stops_the_run_before_it_begins(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="missing"):
        finetune.train(
            drawn_chips(64), tmp_path / "run", Recipe(epochs=1, batch=16, teachers=(tmp_path / "best.pt",))
        )
    assert not (tmp_path / "run" / "last.pt").exists()


def test_augmented_chips_repeat_with_the_seed_and_stay_in_range() -> None:
    wide = torch.from_numpy(drawn_chips(32).chips)
    one, two, other = (Augment(64, seed)(wide) for seed in (5, 5, 6))
    assert one.shape == (32, 1, 64, 64)
    assert float(one.min()) >= 0.0
    assert float(one.max()) <= 255.0
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_exposure_and_contrast_hardly_change_the_opinion() -> None:
    network = deployed().network
    chips = torch.from_numpy(drawn_chips(7).chips)[:, None, 8:-8, 8:-8].float()
    with torch.inference_mode():
        torch.testing.assert_close(network(chips), network(0.4 * chips + 20.0), atol=1e-3, rtol=1e-3)


def test_a_killed_run_goes_on_to_the_same_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chips = drawn_chips(70)
    whole = finetune.train(chips, tmp_path / "whole", RECIPE)
    original = finetune.held_out_scores
    calls = []

    def killed(*arguments: Any) -> dict[str, float]:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(finetune, "held_out_scores", killed)
    with pytest.raises(KeyboardInterrupt):
        finetune.train(chips, tmp_path / "killed", RECIPE)
    monkeypatch.undo()
    resumed = finetune.train(chips, tmp_path / "killed", RECIPE)
    for one, two in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(one, two)
    logs = [(tmp_path / name / "log.csv").read_text() for name in ("whole", "killed")]
    assert logs[0] == logs[1]
    assert len(logs[0].splitlines()) == 3


def test_a_run_starts_from_the_weights_it_is_given_and_refuses_those_of_another_network(
    tmp_path: Path,
) -> None:
    torch.manual_seed(3)
    given = EmotionNet()
    torch.save(given.state_dict(), tmp_path / "best.pt")
    run = Run(RECIPE, steps=4)
    run.start_from(tmp_path / "best.pt")
    assert torch.equal(run.network.heads.weight, given.heads.weight)
    assert torch.equal(run.averaged.heads.weight, given.heads.weight)
    torch.save(EmotionNet(widths=(4, 8), blocks=(1, 1)).state_dict(), tmp_path / "other.pt")
    with pytest.raises(SourceError, match="other layers"):
        run.start_from(tmp_path / "other.pt")


def test_a_run_that_was_never_trained_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="train first"):
        load_best(tmp_path)


def test_an_exported_network_is_the_trained_one_and_is_registered(tmp_path: Path) -> None:
    chips = drawn_chips(20)
    path = tmp_path / "emotion.onnx"
    assert export(deployed(), DEFAULT_GEOMETRY, PROVENANCE, inner(chips), path) <= 1e-4
    digest = register("emotion", path, "test")
    assert find_network("emotion", tmp_path) == path
    network = EmotionNetwork(path, RuntimeSettings())
    assert network.geometry == DEFAULT_GEOMETRY
    assert network.digest == digest
    report = table(judge_fer2013(network, chips))
    assert report.count("FER2013 valid") == 3
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["emotion.onnx", "registry.json"]
    assert json.loads((tmp_path / "registry.json").read_text())["emotion"]["card"] == "emotion.md"


def test_an_export_that_differs_leaves_the_old_network_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "emotion.onnx"
    path.write_bytes(b"the old one")
    model = deployed()
    write: Callable[..., None] = exporting._write_graph

    def write_another(*arguments: Any) -> None:
        write(*arguments)
        with torch.no_grad():
            model.network.heads.bias[0] += 1.0

    monkeypatch.setattr(exporting, "_write_graph", write_another)
    with pytest.raises(NetworkError, match="differs from PyTorch"):
        export(model, DEFAULT_GEOMETRY, PROVENANCE, inner(drawn_chips(4)), path)
    assert path.read_bytes() == b"the old one"
    assert [entry.name for entry in tmp_path.iterdir()] == ["emotion.onnx"]


def test_a_folder_that_can_not_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="can't be written"):
        finetune.train(drawn_chips(40), tmp_path / "file" / "run", Recipe(epochs=1, batch=16))


def test_a_head_that_is_too_sure_is_cooled() -> None:
    torch.manual_seed(0)
    honest = torch.randn(4000, 7)
    labels = torch.distributions.Categorical(logits=honest).sample()
    assert fit_head(3.0 * honest, labels).temperature == pytest.approx(3.0, rel=0.1)


def test_the_mix_sums_to_one_and_balance_lifts_the_rare() -> None:
    logits = torch.randn(50, 2, 7, generator=torch.Generator().manual_seed(0))
    prior = (0.1, 0.01, 0.1, 0.3, 0.3, 0.1, 0.09)
    plain, _, _ = Calibration(PLAIN, PLAIN, 0.5, 0.0, prior).probabilities(logits)
    evened, _, _ = Calibration(PLAIN, PLAIN, 0.5, 0.5, prior).probabilities(logits)
    torch.testing.assert_close(evened.sum(1), torch.ones(50))
    assert bool((evened[:, 1] > plain[:, 1]).all())


def test_the_mix_says_how_sure_it_is_of_the_original_labels() -> None:
    random = torch.Generator().manual_seed(0)
    logits = torch.randn(4000, 1, 7, generator=random) * torch.tensor([[[1.0], [3.0]]])
    held = drawn_chips(4000)
    held.original[:] = torch.multinomial(logits[:, 0].softmax(1), 1, generator=random)[:, 0]
    votes = torch.multinomial(logits[:, 1].softmax(1), 1, generator=random)[:, 0]
    held.votes[:] = 10.0 * torch.nn.functional.one_hot(votes, 7).numpy()
    calibration = calibrate(logits, held)
    shipped = calibration.probabilities(logits)[0].numpy()
    untempered = replace(calibration, temperature=1.0).probabilities(logits)[0].numpy()
    right = shipped.argmax(1) == held.original
    assert calibration_error(shipped.max(1), right) < 0.04
    assert calibration_error(untempered.max(1), right) > calibration_error(shipped.max(1), right)


def test_calibration_is_fitted_to_the_set_that_has_ten_annotators_where_there_is_one() -> None:
    chips = drawn_chips(4)
    assert calibration_rows(chips).all()
    fer = replace(chips, dataset=np.array(["drawn", "fer2013-train", "inthewild", "fer2013-train"]))
    assert calibration_rows(fer).tolist() == [False, True, False, True]


def test_calibration_prefers_the_head_that_is_right() -> None:
    held = drawn_chips(140)
    logits = torch.randn(140, 2, 7, generator=torch.Generator().manual_seed(1))
    logits[:, 1] += 4.0 * torch.nn.functional.one_hot(torch.from_numpy(held.original), 7)
    shipped, original, votes = calibrate(logits, held).probabilities(logits)
    right = [float((p.argmax(1).numpy() == held.original).mean()) for p in (shipped, original, votes)]
    assert right[1] < 0.5 < right[2] <= right[0] + 0.01


def test_an_error_of_ours_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = str(tmp_path / "absent")
    monkeypatch.setattr("sys.argv", ["training", "train", absent, str(tmp_path / "run")])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == SourceError.exit_code
    assert capsys.readouterr().err.startswith(f"error: {absent}")
