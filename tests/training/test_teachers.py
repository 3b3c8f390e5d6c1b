"""Teachers that see the votes, and means of runs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from drivermon.errors import SourceError  # noqa: E402
from tests.training.deployed import small_network  # noqa: E402
from tests.training.faces import drawn_chips  # noqa: E402
from training.__main__ import main  # noqa: E402
from training.average import averaged  # noqa: E402
from training.chips import ChipSet  # noqa: E402
from training.informed import informed  # noqa: E402
from training.networks.compact import EmotionNet  # noqa: E402
from training.run import BEST, save_whole  # noqa: E402


def told_by_votes(count: int) -> ChipSet:
    """Chips whose original label is one draw of their ten votes."""
    random = np.random.default_rng(3)
    chips = drawn_chips(count)
    shares = random.dirichlet(np.full(7, 0.4), count)
    votes = np.stack([random.multinomial(10, share) for share in shares]).astype(np.float32)
    original = np.array([random.choice(7, p=vote / 10) for vote in votes])
    return replace(chips, votes=votes, original=original)


def test_teachers_who_see_the_votes_know_how_likely_a_label_was() -> None:
    chips = told_by_votes(1500)
    ignorant = torch.zeros(2, len(chips), 2, 7)
    likely = informed(ignorant, chips)
    torch.testing.assert_close(likely.sum(1), torch.ones(len(chips)))
    away = (likely - torch.from_numpy(chips.votes / 10)).abs()
    assert float(away.mean()) < 0.05
    assert float(away.mean()) < 0.5 * float((1 / 7 - torch.from_numpy(chips.votes / 10)).abs().mean())
    torch.testing.assert_close(informed(ignorant, chips), likely)


def test_where_nobody_voted_teachers_say_what_they_said() -> None:
    chips = told_by_votes(300)
    chips.votes[::3] = 0
    opinions = torch.randn(2, 300, 2, 7, generator=torch.Generator().manual_seed(0))
    likely = informed(opinions, chips)
    torch.testing.assert_close(likely[::3], opinions.mean(0)[::3, 0].softmax(1))
    assert not torch.allclose(likely[1::3], opinions.mean(0)[1::3, 0].softmax(1))
    chips.votes[:] = 0
    torch.testing.assert_close(informed(opinions, chips), opinions.mean(0)[:, 0].softmax(1))


def test_the_mean_of_runs_is_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = small_network().state_dict(), small_network().state_dict()
    other = {name: value + 2.0 if value.is_floating_point() else value for name, value in other.items()}
    for name, weights in (("a", one), ("b", other)):
        (tmp_path / name).mkdir()
        save_whole(tmp_path / name / BEST, weights)
    names = (str(tmp_path / name) for name in ("mean", "a", "b"))
    monkeypatch.setattr("sys.argv", ["training", "average", *names])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 0
    assert "mean of 2 runs" in capsys.readouterr().out
    mean = torch.load(tmp_path / "mean" / BEST, weights_only=True)
    for name, value in one.items():
        torch.testing.assert_close(mean[name], value + 1.0 if value.is_floating_point() else value)


def test_runs_of_another_network_have_no_mean(tmp_path: Path) -> None:
    save_whole(tmp_path / "a.pt", small_network().state_dict())
    save_whole(tmp_path / "b.pt", EmotionNet(widths=(4, 8, 8), blocks=(1, 1, 1)).state_dict())
    with pytest.raises(SourceError, match=r"b\.pt is of another network than .*a\.pt"):
        averaged([tmp_path / "a.pt", tmp_path / "b.pt"])
    with pytest.raises(SourceError, match="is missing"):
        averaged([tmp_path / "a.pt", tmp_path / "c.pt"])
