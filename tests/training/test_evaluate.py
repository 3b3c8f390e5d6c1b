"""What is measured, on whom, and by which labels; reports that need nothing else."""

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")

from drivermon.config import RuntimeSettings  # noqa: E402
from drivermon.errors import OutputError, SourceError  # noqa: E402
from drivermon.perception.alignment import DEFAULT_GEOMETRY, ChipGeometry  # noqa: E402
from drivermon.perception.emotion import OUTPUTS, EmotionNetwork  # noqa: E402
from tests.training.deployed import PROVENANCE, deployed, small_network  # noqa: E402
from tests.training.faces import drawn_chips  # noqa: E402
from training import judge_commands, partial  # noqa: E402
from training.card import write_card  # noqa: E402
from training.chips import ChipSet  # noqa: E402
from training.evaluate import Verdict, calibration_of, check_unseen, judge, uncalibrated  # noqa: E402
from training.evaluation_report import (  # noqa: E402
    BY_PHOTOGRAPH,
    photograph_rows,
    report,
    summary,
    summary_row,
)
from training.export import export, told_counts  # noqa: E402
from training.judging import PROTOCOLS, chips_for, opinions  # noqa: E402
from training.manifest import CROPPED, Manifest  # noqa: E402
from training.metrics import interval, measure  # noqa: E402
from training.photographs import LEARNED, NEW, PHOTOGRAPH  # noqa: E402
from training.report import table  # noqa: E402
from training.slices import Slice, largest_gap, slices  # noqa: E402

ORIGINAL, MAJORITY = PROTOCOLS


@pytest.fixture(scope="module")
def network(exported_network: Path) -> Path:
    return exported_network


def unseen(count: int = 42, **changes: Any) -> ChipSet:
    """Chips that only judge, as a set with subjects has them."""
    people = np.array([f"person {index % 6}" for index in range(count)])
    marks = {"usage": np.full(count, "judge"), "split": np.full(count, "judge"), "subject": people}
    return replace(drawn_chips(count), **(marks | changes))


def test_a_face_that_was_not_found_is_wrong_and_weighs_on_every_share() -> None:
    probabilities = np.eye(7, dtype=np.float32)[[0, 1, 2, 3]]
    probabilities[3] = 0.0
    measured = measure(probabilities, np.arange(4))
    assert measured.accuracy == 0.75
    assert measured.recall[:4] == (1.0, 1.0, 1.0, 0.0)
    assert measured.coverage == 0.75
    assert measured.macro_f1 == 0.75
    assert measured.confusion[3].tolist() == [0] * 7 + [1]
    assert measured.ece == pytest.approx(0.0)


def test_macro_f1_is_that_of_its_definition() -> None:
    guess = np.eye(7, dtype=np.float32)[[0, 0, 1, 1, 1]]
    measured = measure(guess, np.array([0, 0, 0, 1, 1]))
    precision, recall = np.array([1.0, 2 / 3]), np.array([2 / 3, 1.0])
    assert measured.macro_f1 == pytest.approx(float((2 * precision * recall / (precision + recall)).mean()))


@given(st.lists(st.integers(0, 1), min_size=4, max_size=40), st.integers(1, 8))
def test_an_interval_holds_the_accuracy(right: list[int], people: int) -> None:
    hits = np.array(right, bool)
    low, high = interval(hits, np.array([str(index % people) for index in range(len(hits))]))
    assert 0.0 <= low <= hits.mean() + 1e-9
    assert hits.mean() - 1e-9 <= high <= 1.0


def test_pictures_of_one_person_are_no_independent_witnesses() -> None:
    """Two people, one always right and one never: by picture 50 % would look certain."""
    right = np.repeat([True, False], 100)
    by_picture = interval(right, np.arange(200).astype(str))
    by_person = interval(right, np.repeat(["a", "b"], 100))
    assert by_picture[1] - by_picture[0] < 0.2
    assert by_person == (0.0, 1.0)


def test_the_majority_is_judged_only_where_more_than_half_of_ten_agree() -> None:
    chips = drawn_chips(3)
    chips.votes[:] = [[6, 4, 0, 0, 0, 0, 0], [5, 5, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 3, 7]]
    assert MAJORITY.labels(chips).tolist() == [0, -1, 6]


def test_a_set_of_one_annotator_has_no_majority_of_its_own() -> None:
    assert (MAJORITY.labels(drawn_chips(7)) == -1).all()
    assert (ORIGINAL.labels(drawn_chips(7)) >= 0).all()


def test_calibration_is_undone_from_what_the_file_says(network: Path) -> None:
    """The graph's softmax at temperature 2 with an offset, taken out again, is the plain softmax."""
    chips = drawn_chips(14)
    said = opinions(EmotionNetwork(network, RuntimeSettings()), chips)
    calibration = calibration_of(network)
    assert calibration["original"]["temperature"] == 2.0
    raw = uncalibrated(said, calibration)
    with torch.inference_mode():
        pixels = torch.from_numpy(chips_for(DEFAULT_GEOMETRY, chips.chips)).permute(0, 3, 1, 2).float()
        plain = small_network()(pixels).softmax(2).numpy()
    np.testing.assert_allclose(raw["original"], plain[:, 0], atol=1e-4)
    np.testing.assert_allclose(raw["votes"], plain[:, 1], atol=1e-4)


def test_every_output_is_judged_on_every_label_view_over_all_pictures(network: Path) -> None:
    chips = unseen()
    chips.detector[:3] = "none"
    chips.votes[::2, 0] += 1.0
    verdicts = judge(EmotionNetwork(network, RuntimeSettings()), chips, calibration_of(network))
    assert [(v.protocol.name, v.view) for v in verdicts] == [
        (protocol, view)
        for protocol in ("original labels", "FER+ majority")
        for view in ("shipped", "original", "votes")
    ]
    assert all(v.metrics.count == 42 and v.undetected == 3 and v.kept == 1.0 for v in verdicts)
    assert all(not v.right[:3].any() for v in verdicts)
    assert [v.at_home for v in verdicts] == [True, True, False, True, False, True]
    assert all(0.0 <= v.low <= v.metrics.accuracy <= v.high <= 1.0 for v in verdicts)


def test_it_is_said_of_each_accuracy_whether_faces_were_searched(network: Path) -> None:
    runner, chips = EmotionNetwork(network, RuntimeSettings()), unseen()
    chips.detector[:] = "eyes"
    assert not any(v.cropped for v in judge(runner, chips, calibration_of(network)))
    verdicts = judge(runner, chips, calibration_of(network), set(chips.dataset.tolist()))
    assert all(v.cropped and "cropped" in summary_row(v) for v in verdicts)


def test_chips_of_another_size_and_depth_are_turned_into_the_networks_own() -> None:
    wide = drawn_chips(2).chips
    own = chips_for(DEFAULT_GEOMETRY, wide)
    assert np.array_equal(own[..., 0], wide[:, 8:-8, 8:-8])
    large = chips_for(ChipGeometry(224, (0.31, 0.37), 3), wide)
    assert large.shape == (2, 224, 224, 3)
    assert np.array_equal(large[..., 0], large[..., 2])
    assert abs(float(large.mean()) - float(own.mean())) < 1.0


def test_a_set_that_only_says_happy_or_not_is_judged_as_far_as_it_goes(
    network: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chips = unseen(8, happy=np.array([1, 1, 1, 1, 0, 0, 0, 0]), original=np.full(8, -1))
    chips.votes[:] = 0.0
    chips.detector[[3, 7]] = "none"
    said = np.eye(7, dtype=np.float32)[[3, 3, 4, 0, 4, 3, 0, 0]]
    monkeypatch.setattr(partial, "opinions", lambda *_: dict.fromkeys(OUTPUTS, said))
    opened = EmotionNetwork(network, RuntimeSettings())
    first = partial.judge_happy(opened, chips)[0]
    assert (first.count, first.accuracy, first.found, first.mistaken) == (8, 4 / 8, 2 / 4, 1 / 4)
    report(network, chips, tmp_path)
    assert "Happy or not" in (tmp_path / "evaluation.md").read_text("utf-8")
    assert partial.judge_happy(opened, unseen(7)) == []


def test_the_largest_gap_is_named_within_one_attribute_among_groups_of_some_size() -> None:
    light = [Slice("light", "day", 100, 0.9, 0.8, 1.0), Slice("light", "night", 100, 0.6, 0.5, 0.7)]
    others = [Slice("sex", "female", 100, 0.8, 0.7, 0.9), Slice("sex", "male", 100, 0.7, 0.6, 0.8)]
    few = [Slice("light", "dusk", 5, 0.0, 0.0, 0.0), Slice("glasses", "yes", 200, 0.1, 0.0, 0.2)]
    gap = largest_gap([*light, *others, *few])
    assert gap is not None
    assert (gap.best.value, gap.worst.value) == ("day", "night")
    assert gap.size == pytest.approx(0.3)
    assert largest_gap(few) is None


def test_slices_are_by_every_attribute_that_differs() -> None:
    glasses = np.array(
        [{"glasses": "yes" if index % 2 else "no", "set": "one"} for index in range(42)], object
    )
    chips = unseen(attributes=glasses)
    found = {(each.attribute, each.value): each for each in slices(chips, np.arange(42) % 2 == 1)}
    assert found["glasses", "yes"].accuracy == 1.0
    assert found["glasses", "no"].accuracy == 0.0
    assert not any(attribute == "set" for attribute, _ in found)
    assert {value for attribute, value in found if attribute.startswith("face brightness")} >= {"bright"}


def test_a_report_is_one_page_that_needs_no_other_file_and_no_faces(network: Path, tmp_path: Path) -> None:
    light = np.array([{"light": "day" if index % 2 else "night"} for index in range(70)], object)
    verdicts = report(network, unseen(70, attributes=light), tmp_path / "new" / "report")
    html = (tmp_path / "new" / "report" / "evaluation.html").read_text("utf-8")
    assert not re.findall(r'src="(?!data:)', html)
    assert "http" not in html
    assert "Largest gap" in html
    assert "mistakes" not in html
    markdown = (tmp_path / "new" / "report" / "evaluation.md").read_text("utf-8")
    assert summary(verdicts) in markdown
    named = re.findall(r"!\[.*?\]\((.*?)\)", markdown)
    assert named
    assert all((tmp_path / "new" / "report" / name).read_bytes()[1:4] == b"PNG" for name in named)


def test_a_card_tells_what_was_measured_and_keeps_what_a_person_wrote(
    exported_network: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(exported_network, tmp_path))
    verdicts = report(path, unseen(42), tmp_path / "report")
    network = EmotionNetwork(path, RuntimeSettings())
    card = write_card(network, path, verdicts)
    text = card.read_text("utf-8")
    for part in (network.digest, "drawn faces", "Licence of the weights: test", "pytest", summary(verdicts)):
        assert part in text
    assert text.count("## Known weaknesses") == 1
    begun = text.split("## Known weaknesses")[0]
    card.write_text(f"{begun}## Known weaknesses\n\n- Sees no hats.\n", "utf-8")
    write_card(network, path, verdicts[:1])
    assert card.read_text("utf-8").endswith("## Known weaknesses\n\n- Sees no hats.\n")
    assert summary(verdicts) not in card.read_text("utf-8")


def test_photographs_that_were_learned_are_judged_apart_in_report_and_card(
    exported_network: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(exported_network, tmp_path))
    marks = np.array([{PHOTOGRAPH: LEARNED if index < 12 else NEW} for index in range(42)], object)
    verdicts = report(path, unseen(42, attributes=marks), tmp_path / "report")
    rows = photograph_rows(verdicts)
    assert [row[1:4] for row in rows if "original" in row[0]] == [
        [view, value, count]
        for view in ("shipped", "original")
        for value, count in ((LEARNED, "12"), (NEW, "30"))
    ]
    told = table(BY_PHOTOGRAPH, rows)
    assert told in (tmp_path / "report" / "evaluation.md").read_text("utf-8")
    card = write_card(EmotionNetwork(path, RuntimeSettings()), path, verdicts)
    assert told in card.read_text("utf-8")
    assert photograph_rows(report(path, unseen(42), tmp_path / "other")) == []


def test_faces_are_shown_only_when_asked_for(network: Path, tmp_path: Path) -> None:
    report(network, unseen(21), tmp_path, with_faces=True)
    assert list(tmp_path.glob("*mistakes.png"))


def test_a_report_that_can_not_be_written_is_one_clear_error(network: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="can't be written"):
        report(network, unseen(14), tmp_path / "file" / "report")


def test_the_test_part_of_another_split_is_refused(tmp_path: Path) -> None:
    model = deployed()
    learned = replace(drawn_chips(21), dataset=np.full(21, "web"))
    chips = ChipSet.join([learned, unseen(21), replace(unseen(7), dataset=np.full(7, "web"))])
    sample = chips_for(model.network.geometry, learned.chips)
    told = replace(PROVENANCE, data=told_counts([*learned.dataset.tolist(), *["elsewhere"] * 5]))
    assert told.data == "elsewhere (5), web (21)"
    export(model, told, sample, tmp_path / "fits.onnx")
    check_unseen(tmp_path / "fits.onnx", chips, ["drawn", "web"])
    export(model, replace(told, data="web (28)"), sample, tmp_path / "seen.onnx")
    with pytest.raises(SourceError, match=r"learned from 28 pictures of web.*leaves 21"):
        check_unseen(tmp_path / "seen.onnx", chips, ["drawn", "web"])
    check_unseen(tmp_path / "seen.onnx", chips, ["drawn"])


def test_the_command_judges_only_what_was_never_learned_from(
    network: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chips = ChipSet.join([drawn_chips(14), unseen(21)])
    monkeypatch.setattr(ChipSet, "load", lambda _: chips)
    monkeypatch.setattr(Manifest, "load", lambda _: Manifest.of([], {CROPPED: "drawn"}))
    judged: list[int] = []

    def counted(
        path: Path, chips: ChipSet, out: Path, *, cropped: list[str], with_faces: bool
    ) -> list[Verdict]:
        assert cropped == ["drawn"]
        judged.append(len(chips))
        return []

    monkeypatch.setattr(judge_commands, "report", counted)
    run = CliRunner()
    arguments = ["evaluate", str(network), str(tmp_path), str(tmp_path / "report")]
    assert run.invoke(judge_commands.app, arguments).exit_code == 0
    assert judged == [21]
    result = run.invoke(judge_commands.app, [*arguments, "--sets", "absent"])
    assert isinstance(result.exception, SourceError)
    assert "nothing unseen of absent; there is drawn" in str(result.exception)
