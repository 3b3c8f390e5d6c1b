import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from drivermon.errors import SourceError  # noqa: E402
from tests.training.faces import drawn_chips  # noqa: E402
from training import experiments as running  # noqa: E402
from training.chips import ChipSet  # noqa: E402
from training.experiments import SMOKE, Outcome, Size, accuracy, experiments, gathered  # noqa: E402
from training.experiments_report import markdown, write_report  # noqa: E402
from training.networks.compact import EmotionNet  # noqa: E402
from training.targets import without_repeats  # noqa: E402

OUTCOME = Outcome(
    network="vgg16",
    data="original",
    start="faces",
    chips=100,
    limit=100,
    epochs=3,
    judged=28,
    timed=5,
    parameters=134_289_223,
    megabytes=537.2,
    train_s=12.3,
    cpu_s=200.0,
    gpu_s=None,
    validation=0.61,
    test=0.6,
    unseen={"jaffe": 0.5},
)


def prepared_chips() -> ChipSet:
    """Return drawn chips with all four parts; the judging set is of another name."""
    chips = drawn_chips(84)
    split, dataset = chips.split.astype("U10"), chips.dataset.astype("U10")
    split[42:56], split[56:70], split[70:] = "validation", "test", "judge"
    dataset[70:] = "unseen"
    chips.subject[:] = ""
    return ChipSet(
        **{
            name: getattr(chips, name)
            for name in ChipSet.__dataclass_fields__
            if name not in ("split", "dataset")
        },
        split=split,
        dataset=dataset,
    )


@pytest.mark.slow
def test_the_smoke_size_runs_every_network_and_writes_the_tables(tmp_path: Path) -> None:
    outcomes = experiments(prepared_chips(), tmp_path, SMOKE)
    assert [(one.network, one.data) for one in outcomes] == [
        (network, data) for network in ("alexnet", "vgg16", "resnet101") for data in ("original", "augmented")
    ]
    assert [one.parameters for one in outcomes[::2]] == [57_032_519, 134_289_223, 42_514_503]
    assert outcomes[1].chips > outcomes[0].chips
    for one in outcomes:
        assert one.cpu_s > 0.0
        assert one.train_s > 0.0
        assert set(one.unseen) == {"unseen"}
        assert 0.0 <= one.unseen["unseen"] <= 1.0
    write_report(outcomes, tmp_path, "subject")
    assert "| vgg16 | augmented |" in (tmp_path / "experiments.md").read_text()


def test_a_run_that_is_done_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = Size(networks=("compact",), starts=("scratch",), chips=28, epochs=1, batch=7, timed=1)
    first = experiments(prepared_chips(), tmp_path, size)
    monkeypatch.setattr(running, "train", None)  # to train again would fail
    assert experiments(prepared_chips(), tmp_path, size) == first
    assert not list(tmp_path.rglob("last.pt"))


def test_networks_of_several_calls_stand_in_one_table_in_their_order(tmp_path: Path) -> None:
    for name, data in (("vgg16", "original"), ("alexnet", "augmented"), ("alexnet", "original")):
        (tmp_path / f"{name}-{data}-faces").mkdir()
        running._keep(tmp_path / f"{name}-{data}-faces", replace(OUTCOME, network=name, data=data))
    size = Size(networks=("compact",), starts=("scratch",), chips=28, epochs=1, batch=7, timed=1)
    outcomes = experiments(prepared_chips(), tmp_path, size)
    assert [(one.network, one.data) for one in outcomes] == [
        *(("compact", "original"), ("compact", "augmented")),
        *(("alexnet", "original"), ("alexnet", "augmented"), ("vgg16", "original")),
    ]
    write_report(outcomes, tmp_path, "subject")
    rows = list(csv.DictReader((tmp_path / "experiments.csv").read_text().splitlines()))
    assert [row["network"] for row in rows] == [one.network for one in outcomes]
    assert "200.0 from 5 (not known)" in (tmp_path / "experiments.md").read_text()


def test_a_run_of_another_size_is_not_taken_for_the_one_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "vgg16-original-faces"
    folder.mkdir()
    running._keep(folder, OUTCOME)
    with pytest.raises(
        SourceError, match=r"vgg16-original-faces was run already at another size .*100 chips"
    ):
        experiments(prepared_chips(), tmp_path, Size(networks=("vgg16",)))


def test_a_result_of_another_version_is_named(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "result.json").write_text('{"network": "vgg16"}')
    with pytest.raises(SourceError, match=r"result\.json is no result of this version .*delete its folder"):
        gathered(tmp_path)


def test_judges_are_never_learned_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    def watched(chips: ChipSet, *_: object) -> None:
        shown.extend(chips.dataset)
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "train", watched)
    with pytest.raises(KeyboardInterrupt):
        experiments(prepared_chips(), tmp_path, Size(networks=("compact",), starts=("scratch",), timed=1))
    assert set(shown) == {"drawn"}


def test_chips_that_were_not_split_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="training split"):
        experiments(drawn_chips(14), tmp_path, SMOKE)


def test_a_draw_has_every_class_and_else_keeps_their_shares() -> None:
    chips = drawn_chips(140)
    chips.original[:100] = 3
    drawn = running._drawn(chips, 21, seed=0)
    assert len(drawn) == 21
    counts = np.bincount(drawn.original, minlength=7)
    assert counts.min() >= 1
    assert counts.argmax() == 3
    np.testing.assert_array_equal(running._drawn(chips, 21, seed=0).image, drawn.image)
    assert len(running._drawn(chips, None, seed=0)) == 140


def test_augmented_chips_fill_every_class_up_and_are_not_taken_for_repeats() -> None:
    chips = drawn_chips(21)
    chips = chips[(chips.original != 2) | (np.arange(21) < 7)]
    chips = replace(chips, dataset=np.full(len(chips), "fer2013-train"))
    more = running.augmented(chips, seed=0)
    assert np.bincount(more.original).tolist() == [3] * 7
    assert not np.array_equal(more.chips[-1], chips.chips[chips.original == 2][0])
    assert len(without_repeats(more)) == 21


def test_an_undetected_face_is_wrong() -> None:
    torch.manual_seed(0)
    chips = drawn_chips(14)
    network = EmotionNet(widths=(4, 8), blocks=(1, 1)).eval()
    with torch.no_grad():
        network.heads.weight.zero_()
        network.heads.bias[[3, 10]] += 5.0
    assert accuracy(network, chips) == pytest.approx(2 / 14)
    undetected = np.where(chips.original == 3, "none", "eyes")
    others = {name: getattr(chips, name) for name in ChipSet.__dataclass_fields__ if name != "detector"}
    assert accuracy(network, ChipSet(**others, detector=undetected)) == 0.0
    chips.original[:] = -1
    assert accuracy(network, chips) is None


def test_published_numbers_stand_beside_ours_and_unknown_ones_are_called_so(tmp_path: Path) -> None:
    text = markdown([OUTCOME], "image")
    assert "Split by image" in text
    assert "134,289,223 (134,289,223)" in text
    assert "12.3 (not known)" in text
    assert "| vgg16 | original | faces | 60.0% | 50.0% |" in text
    assert "79–82 %" in text
    write_report([OUTCOME], tmp_path, "image")
    (row,) = csv.DictReader((tmp_path / "experiments.csv").read_text().splitlines())
    assert (row["network"], row["jaffe"], row["gpu_s"]) == ("vgg16", "0.5", "")
