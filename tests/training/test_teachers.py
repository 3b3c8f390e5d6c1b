"""Teachers that see the votes, and means of runs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from drivermon.errors import ConfigError, SourceError  # noqa: E402
from tests.training.deployed import small_network  # noqa: E402
from tests.training.faces import drawn_chips  # noqa: E402
from training import networks  # noqa: E402
from training.__main__ import main  # noqa: E402
from training.average import averaged  # noqa: E402
from training.chips import ChipSet  # noqa: E402
from training.finetune import train  # noqa: E402
from training.informed import informed  # noqa: E402
from training.networks.compact import SEEN, EmotionNet  # noqa: E402
from training.recipe import Recipe  # noqa: E402
from training.run import BEST, save_whole  # noqa: E402
from training.targets import part_of  # noqa: E402
from training.teachers import taught_by  # noqa: E402


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


def in_groups(count: int) -> ChipSet:
    """Chips of twelve groups, a few to each."""
    chips = drawn_chips(count)
    return replace(chips, group=np.array([f"group{row % 12}" for row in range(count)]))


def test_parts_keep_groups_together_in_any_order() -> None:
    chips = in_groups(84)
    parts = part_of(chips, 3)
    assert set(parts.tolist()) == {0, 1, 2}
    assert all(len(set(parts[chips.group == group].tolist())) == 1 for group in chips.group)
    order = np.random.default_rng(0).permutation(84)
    np.testing.assert_array_equal(part_of(chips[order], 3), parts[order])


def test_a_part_that_is_left_out_changes_nothing(tmp_path: Path) -> None:
    chips = in_groups(84)
    recipe = Recipe(epochs=1, batch=16, init="scratch", left_out=(2, 2))
    unseen = part_of(chips, 2) == 1
    assert 16 < unseen.sum() < 68
    other = replace(chips, chips=np.where(unseen[:, None, None], 255 - chips.chips, chips.chips))
    one, two = (
        train(learned, tmp_path / name, recipe, held=drawn_chips(14)).state_dict()
        for name, learned in (("one", chips), ("two", other))
    )
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_crossed_teachers_teach_what_they_have_not_seen(tmp_path: Path) -> None:
    chips, recipe = in_groups(84), Recipe(epochs=1, batch=16, init="scratch")
    teachers = tuple(tmp_path / str(part) / BEST for part in (1, 2))
    for part, path in enumerate(teachers, 1):
        train(chips, path.parent, replace(recipe, left_out=(part, 2)), held=drawn_chips(14))
    crossed = replace(recipe, teachers=teachers, crossed=True)
    taught = taught_by(crossed, chips)
    parts = part_of(chips, 2)
    assert taught is not None
    for part, path in enumerate(teachers):
        alone = taught_by(replace(recipe, teachers=(path,)), chips[parts == part])
        torch.testing.assert_close(taught[torch.from_numpy(parts == part)], alone)
    with pytest.raises(ConfigError, match=r"2.best\.pt left out \[2, 2\] of the parts, not \[1, 2\]"):
        taught_by(replace(crossed, teachers=teachers[::-1]), chips)
    (tmp_path / "1" / "recipe.json").unlink()
    with pytest.raises(SourceError, match=r"recipe\.json can't be read"):
        taught_by(crossed, chips)


def test_chips_without_a_class_have_teachers_of_their_own(tmp_path: Path) -> None:
    paths = tuple(tmp_path / name / BEST for name in ("of labels", "of others"))
    for seed, path in enumerate(paths):
        torch.manual_seed(seed)
        save_whole(path, EmotionNet().state_dict())
    chips = drawn_chips(21)
    chips.original[::3], chips.votes[::3], chips.happy[::3] = -1, 0, 1
    one, other = (taught_by(Recipe(teachers=(path,)), chips) for path in paths)
    assert one is not None
    assert other is not None
    both = taught_by(Recipe(teachers=paths[:1], unlabelled_teachers=paths[1:]), chips)
    assert both is not None
    torch.testing.assert_close(both[::3], other[::3])
    torch.testing.assert_close(both[1::3], one[1::3])
    assert not torch.allclose(one[::3], other[::3])


def test_a_teacher_sees_chips_at_its_own_size(tmp_path: Path) -> None:
    torch.manual_seed(0)
    small, usual = EmotionNet(), EmotionNet()
    small.enlarged = 1.0
    usual.load_state_dict(small.state_dict() | {SEEN: torch.tensor(usual.enlarged)})
    for name, network in (("small", small), ("usual", usual)):
        save_whole(tmp_path / name / BEST, network.state_dict())
    assert networks.load(tmp_path / "small" / BEST).enlarged == 1.0
    chips = drawn_chips(8)
    taught = [taught_by(Recipe(teachers=(tmp_path / name / BEST,)), chips) for name in ("small", "usual")]
    assert not torch.allclose(*taught)
    older = {name: value for name, value in usual.state_dict().items() if name != SEEN}
    save_whole(tmp_path / BEST, older)
    assert networks.load(tmp_path / BEST).enlarged == usual.enlarged
    with pytest.raises(SourceError, match="sees chips at another size"):
        averaged([tmp_path / "small" / BEST, tmp_path / "usual" / BEST])


def test_a_run_goes_on_at_the_size_it_is_told(tmp_path: Path) -> None:
    network = EmotionNet()
    network.enlarged = 1.0
    save_whole(tmp_path / "begun" / BEST, network.state_dict())
    recipe = Recipe(epochs=1, batch=16, init=str(tmp_path / "begun" / BEST))
    sizes = {
        seen_px: train(drawn_chips(32), tmp_path / str(seen_px), replace(recipe, seen_px=seen_px)).enlarged
        for seen_px in (0, 80)
    }
    assert sizes == {0: 1.0, 80: 1.25}
    with pytest.raises(ConfigError, match="leave --seen-px out"):
        train(drawn_chips(32), tmp_path / "alexnet", Recipe("alexnet", batch=16, init="scratch", seen_px=80))


def test_no_teacher_knows_better_what_a_synthetic_face_shows(tmp_path: Path) -> None:
    save_whole(tmp_path / BEST, EmotionNet().state_dict())
    chips = replace(drawn_chips(21), dataset=np.array(["synthetic"] * 7 + ["drawn"] * 14))
    taught = taught_by(Recipe(teachers=(tmp_path / BEST,)), chips)
    assert taught is not None
    shown = torch.nn.functional.one_hot(torch.from_numpy(chips.original[:7]), 7).float()
    torch.testing.assert_close(taught[:7], shown[:, None].expand(7, 2, 7))
    assert float(taught[7:].max()) < 1.0


def test_the_mean_of_runs_is_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = small_network().state_dict(), small_network().state_dict()
    learned = {name for name, value in one.items() if value.is_floating_point() and name != SEEN}
    other = {name: value + 2.0 if name in learned else value for name, value in other.items()}
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
        torch.testing.assert_close(mean[name], value + 1.0 if name in learned else value)


def test_runs_of_another_network_have_no_mean(tmp_path: Path) -> None:
    save_whole(tmp_path / "a.pt", small_network().state_dict())
    save_whole(tmp_path / "b.pt", EmotionNet(widths=(4, 8, 8), blocks=(1, 1, 1)).state_dict())
    with pytest.raises(SourceError, match=r"b\.pt is of another network than .*a\.pt"):
        averaged([tmp_path / "a.pt", tmp_path / "b.pt"])
    with pytest.raises(SourceError, match="is missing"):
        averaged([tmp_path / "a.pt", tmp_path / "c.pt"])
