"""The report of an evaluation: what a network is worth, where it fails, and for whom."""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from drivermon.config import RuntimeSettings
from drivermon.emotions import EMOTIONS
from drivermon.perception.alignment import DEFAULT_GEOMETRY
from drivermon.perception.emotion import OUTPUTS, EmotionNetwork
from training import figures
from training.chips import ChipSet
from training.evaluate import Verdict, calibration_of, judge, milliseconds_per_chip
from training.judging import chips_for
from training.partial import HappyOrNot, judge_happy
from training.photographs import PHOTOGRAPH
from training.report import Report, percent, table
from training.slices import FEWEST, largest_gap

WORST = 24
SUMMARY = (
    "set, labels",
    "output",
    "pictures",
    "kept %",
    "no face",
    "accuracy %",
    "95 % interval",
    "macro F1",
    "ECE before",
    "ECE",
    "coverage > 50 %",
    "accuracy there %",
)
RECALL = ("set, labels", "output", *EMOTIONS)
HAPPY_OR_NOT = (
    "set",
    "output",
    "pictures",
    "accuracy %",
    "95 % interval",
    "happy called happy %",
    "others called happy %",
)

BY_PHOTOGRAPH = ("set, labels", "output", "photograph", "pictures", "accuracy %", "95 % interval")


def report(
    path: Path, chips: ChipSet, out: Path, *, cropped: Collection[str] = (), with_faces: bool = False
) -> list[Verdict]:
    """Judge the network at `path` on chips and write `evaluation.md` and `evaluation.html` into `out`.

    Args:
        path: of the .onnx file.
        chips: that it never learned from.
        out: folder, made if it is not there.
        cropped: sets that were prepared as face crops.
        with_faces: show the surest mistakes. They are pictures of people: keep such a report to yourself.

    Raises:
        NetworkError: it is no emotion network.
        OutputError: the folder can't be written.

    """
    network = EmotionNetwork(path, RuntimeSettings())
    verdicts = judge(network, chips, calibration_of(path), cropped)
    written = Report(f"Evaluation of {path.name}")
    written.text(_preface(path, network))
    written.text("## Summary")
    written.table(SUMMARY, [summary_row(verdict) for verdict in verdicts])
    written.text(_rules(verdicts))
    written.text("## Share found of each class, %")
    written.table(RECALL, [recall_row(verdict) for verdict in verdicts])
    if rows := photograph_rows(verdicts):
        written.text("## Photographs that were learned too")
        written.table(BY_PHOTOGRAPH, rows)
    if partial := judge_happy(network, chips):
        written.text("## Happy or not: sets that tell no more")
        written.table(HAPPY_OR_NOT, [happy_row(verdict) for verdict in partial])
    for dataset in dict.fromkeys(verdict.dataset for verdict in verdicts):
        _add_set(written, [verdict for verdict in verdicts if verdict.dataset == dataset], with_faces)
    written.write(out, "evaluation")
    return verdicts


def summary(verdicts: Sequence[Verdict]) -> str:
    """Return the summary as a Markdown table."""
    return table(SUMMARY, [summary_row(verdict) for verdict in verdicts])


def summary_row(verdict: Verdict) -> list[str]:
    """Return one row under `SUMMARY`; numbers of an output on labels it did not learn are no claim."""
    m = verdict.metrics
    return [
        f"{verdict.dataset}, {verdict.protocol.name}",
        verdict.view,
        str(m.count),
        percent(verdict.kept),
        "cropped" if verdict.cropped else str(verdict.undetected),
        percent(m.accuracy),
        f"{percent(verdict.low)} to {percent(verdict.high)}",
        f"{m.macro_f1:.3f}",
        f"{verdict.ece_before:.3f}",
        f"{m.ece:.3f}",
        percent(m.coverage),
        percent(m.covered_accuracy),
    ]


def recall_row(verdict: Verdict) -> list[str]:
    """Return the share found of each class."""
    return [
        f"{verdict.dataset}, {verdict.protocol.name}",
        verdict.view,
        *(percent(share) for share in verdict.metrics.recall),
    ]


def happy_row(verdict: HappyOrNot) -> list[str]:
    """Return one row under `HAPPY_OR_NOT`."""
    return [
        verdict.dataset,
        verdict.view,
        str(verdict.count),
        percent(verdict.accuracy),
        f"{percent(verdict.low)} to {percent(verdict.high)}",
        percent(verdict.found),
        percent(verdict.mistaken),
    ]


def photograph_rows(verdicts: Sequence[Verdict]) -> list[list[str]]:
    """Return the rows under `BY_PHOTOGRAPH` of every output at home, where chips tell it."""
    return [
        [
            f"{verdict.dataset}, {verdict.protocol.name}",
            verdict.view,
            part.value,
            str(part.count),
            percent(part.accuracy),
            f"{percent(part.low)} to {percent(part.high)}",
        ]
        for verdict in verdicts
        if verdict.at_home
        for part in verdict.slices_by(PHOTOGRAPH)
    ]


def _preface(path: Path, network: EmotionNetwork) -> str:
    size = path.stat().st_size / 1e6
    return (
        f"`{path.name}`, {size:.2f} MB, SHA-256 `{network.digest}`; {milliseconds_per_chip(path):.2f} ms a "
        f"chip on one thread of this machine. Run as the daemon runs it, by {network.providers[0]}."
    )


def _rules(verdicts: Sequence[Verdict]) -> str:
    protocols = {verdict.protocol.name: verdict.protocol.rule for verdict in verdicts}
    outputs = ", ".join(f"{view} is `{output}`" for view, output in OUTPUTS.items())
    lines = [
        f"**output**: {outputs}.",
        *(f"**{name}**: {rule}." for name, rule in protocols.items()),
        "**no face**: pictures in which the detector found none; they count as wrong. **cropped**: the "
        "set was prepared as faces cut out, by what it is or by `prepare --cropped`, and each picture is "
        "judged, also by the average crop's eyes.",
        "**95 % interval**: bootstrap by subject, or by group of near-identical pictures where subjects are "
        "unknown.",
        "**ECE**: expected calibration error over 15 bins of confidence, before and after the calibration in "
        "the network, which was fitted on pictures held out of training, never on these.",
        "**coverage**: share with a class above one half, which is when the daemon names an emotion.",
    ]
    return "\n".join(f"- {line}" for line in lines)


def _add_set(written: Report, verdicts: Sequence[Verdict], with_faces: bool) -> None:
    dataset = verdicts[0].dataset
    written.text(f"## {dataset}")
    for verdict in verdicts:
        if not verdict.at_home:
            continue
        name = f"{dataset}, {verdict.protocol.name}, {OUTPUTS[verdict.view]}"
        stem = f"{dataset}-{verdict.protocol.name}-{verdict.view}".replace(" ", "_").replace("+", "plus")
        seen = verdict.probabilities.max(1) > 0
        curve = figures.reliability(
            verdict.probabilities.max(1)[seen], verdict.right[seen], verdict.before.max(1)[seen], name
        )
        written.text(f"### {verdict.protocol.name}, `{OUTPUTS[verdict.view]}`")
        written.pictures(
            (
                f"{stem}-confusion.png",
                f"Confusion: {name}",
                figures.confusion(verdict.metrics.confusion, name),
            ),
            (f"{stem}-reliability.png", f"Calibration: {name}", curve),
        )
        if verdict.view == "shipped":
            _add_slices(written, verdict, stem)
            if with_faces:
                _add_mistakes(written, verdict, stem)


def _add_slices(written: Report, verdict: Verdict, stem: str) -> None:
    found = verdict.slices()
    if not found:
        return
    gap = largest_gap(found)
    if gap is None:
        said = f"No two groups of at least {FEWEST} pictures to compare."
    else:
        said = (
            f"**Largest gap: {100 * gap.size:.1f} points**, {gap.best.attribute} {gap.best.value} "
            f"({percent(gap.best.accuracy)} %) against {gap.worst.value} ({percent(gap.worst.accuracy)} %), "
            f"of groups with at least {FEWEST} pictures. Groups differ in which emotions they show, too."
        )
    written.text(said)
    written.pictures((f"{stem}-slices.png", "Accuracy by group", figures.bars(found, "Accuracy by group")))


def _add_mistakes(written: Report, verdict: Verdict, stem: str) -> None:
    sure = np.where(verdict.right, 0.0, verdict.probabilities.max(1))
    rows = np.argsort(-sure)[: min(WORST, int((sure > 0).sum()))]
    if len(rows):
        called = verdict.probabilities[rows].argmax(1)
        captions = [
            f"{EMOTIONS[label]}\ncalled {EMOTIONS[guess]} {sure[row]:.2f}"
            for row, label, guess in zip(rows, verdict.labels[rows], called, strict=True)
        ]
        sheet = figures.faces(chips_for(DEFAULT_GEOMETRY, verdict.chips.chips[rows]), captions)
        written.text("The surest mistakes:")
        written.pictures((f"{stem}-mistakes.png", "The surest mistakes", sheet))
