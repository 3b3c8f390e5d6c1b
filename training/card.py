"""The card of a network: what it is made of, what it is worth, what it can't do."""

import math
from collections.abc import Sequence
from pathlib import Path

import onnx

from drivermon.emotions import EMOTIONS
from drivermon.perception.emotion import OUTPUTS, EmotionNetwork
from training.evaluate import Verdict, milliseconds_per_chip
from training.evaluation_report import (
    BY_PHOTOGRAPH,
    RECALL,
    SUMMARY,
    photograph_rows,
    recall_row,
    summary_row,
)
from training.files import written_whole
from training.onnx_file import read_metadata
from training.report import percent, table
from training.slices import largest_gap

WEAKNESSES = "## Known weaknesses"
RARELY = 0.5
"""A class of which less is found is named among the weaknesses."""

PHOTOGRAPHS = (
    "Some of these pictures show a photograph that was learned too, cut or stored otherwise, as a face "
    "recognition network sees and perceptual hashes do not:"
)


def write_card(network: EmotionNetwork, path: Path, verdicts: Sequence[Verdict]) -> Path:
    """Write the card beside a network and return where it is.

    What a person wrote under "Known weaknesses" stays; where there is no card yet, the section is begun
    with the classes that are found least and the largest gap between groups.

    Args:
        network: opened from `path`.
        path: of the .onnx file.
        verdicts: from `evaluation_report.report`.

    Raises:
        OutputError: the card can't be written.

    """
    card = path.with_suffix(".md")
    old = card.read_text("utf-8") if card.is_file() else ""
    kept = WEAKNESSES + old.split(WEAKNESSES, 1)[1] if WEAKNESSES in old else _weaknesses(verdicts)
    with written_whole(card) as part:
        part.write_text(f"{_facts(network, path, verdicts)}\n\n{kept.rstrip()}\n", "utf-8")
    return card


def _facts(network: EmotionNetwork, path: Path, verdicts: Sequence[Verdict]) -> str:
    model = onnx.load(path, load_external_data=False)
    said = read_metadata(path)
    weights = sum(math.prod(weight.dims) for weight in model.graph.initializer)
    outputs = ", ".join(f"`{name}`" for name in OUTPUTS.values())
    geometry = network.geometry
    size, (x, y) = geometry.size_px, geometry.left_eye
    facts = table(
        ("", ""),
        [
            ["SHA-256", network.digest],
            ["size", f"{path.stat().st_size / 1e6:.2f} MB, {weights / 1e6:.2f} million numbers"],
            [
                "input",
                f"`chips`, uint8 (N, {size}, {size}, {geometry.channels}), eyes at ({x}, {y}) and "
                f"({1 - x:.2f}, {y}) of the side",
            ],
            ["outputs", f"{outputs}; float32 (N, 7): {', '.join(EMOTIONS)}"],
            ["speed", f"{milliseconds_per_chip(path):.2f} ms a chip on one CPU thread"],
        ],
    )
    photographs = photograph_rows(verdicts)
    return "\n\n".join(
        [
            f"# {path.name}",
            facts.replace("---:", "---"),
            "## Data and terms",
            f"Learned from {said['data']} pictures. Licence of the weights: {said['licence']}.",
            "## How it was made",
            f"```\n{said['created']}\n```",
            "## Measured",
            "On pictures it never saw, and nothing was chosen by; an undetected face counts as wrong, "
            "unless the set is of faces cut out (cropped).",
            table(SUMMARY, [summary_row(verdict) for verdict in verdicts]),
            "Share found of each class, %:",
            table(RECALL, [recall_row(verdict) for verdict in verdicts]),
            *([PHOTOGRAPHS, table(BY_PHOTOGRAPH, photographs)] if photographs else []),
        ]
    )


def _weaknesses(verdicts: Sequence[Verdict]) -> str:
    lines = [WEAKNESSES, ""]
    for verdict in verdicts:
        if verdict.view != "shipped":
            continue
        missed = [
            f"{name} {percent(share)} %"
            for name, share in zip(EMOTIONS, verdict.metrics.recall, strict=True)
            if share < RARELY
        ]
        where = f"{verdict.dataset}, {verdict.protocol.name}"
        if missed:
            lines.append(f"- {where}: found less than half of {', '.join(missed)}.")
        if (gap := largest_gap(verdict.slices())) is not None:
            lines.append(
                f"- {where}: {100 * gap.size:.1f} points between {gap.best.attribute} {gap.best.value} and "
                f"{gap.worst.value}."
            )
    return "\n".join(lines)
