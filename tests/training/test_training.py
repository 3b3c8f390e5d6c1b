from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")

from drivermon.errors import SourceError  # noqa: E402
from tests.training.deployed import small_network  # noqa: E402
from tests.training.faces import drawn_chips  # noqa: E402
from training.__main__ import main  # noqa: E402
from training.augment import Augment  # noqa: E402
from training.recipe import Recipe  # noqa: E402
from training.targets import Rows, hold_out, loss_of, without_repeats  # noqa: E402

RECIPE = Recipe(epochs=2, batch=16)


def test_a_group_never_stands_on_both_sides_and_the_split_ignores_order() -> None:
    chips = drawn_chips(200)
    learned, held = hold_out(chips)
    assert len(learned) + len(held) == 200
    assert 4 <= len(held) <= 40
    assert not set(learned.group) & set(held.group)
    _, again = hold_out(chips[np.arange(200)[::-1]])
    assert set(again.group) == set(held.group)


def test_sets_that_only_judge_leave_nothing_to_learn_from() -> None:
    with pytest.raises(SourceError, match="only judge"):
        hold_out(drawn_chips(7)[np.zeros(7, bool)])


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


def test_augmented_chips_repeat_with_the_seed_and_stay_in_range() -> None:
    wide = torch.from_numpy(drawn_chips(32).chips)
    one, two, other = (Augment(64, seed)(wide) for seed in (5, 5, 6))
    assert one.shape == (32, 1, 64, 64)
    assert float(one.min()) >= 0.0
    assert float(one.max()) <= 255.0
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_exposure_and_contrast_hardly_change_the_opinion() -> None:
    network = small_network()
    chips = torch.from_numpy(drawn_chips(7).chips)[:, None, 8:-8, 8:-8].float()
    with torch.inference_mode():
        torch.testing.assert_close(network(chips), network(0.4 * chips + 20.0), atol=1e-3, rtol=1e-3)


def test_an_error_of_ours_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = str(tmp_path / "absent")
    monkeypatch.setattr("sys.argv", ["training", "train", absent, str(tmp_path / "run")])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == SourceError.exit_code
    assert capsys.readouterr().err.startswith(f"error: {absent}")
