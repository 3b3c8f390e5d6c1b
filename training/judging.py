"""What an exported network says of prepared chips, run as the daemon runs it, and by which labels."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from drivermon.emotions import EMOTIONS
from drivermon.perception.alignment import ChipGeometry
from drivermon.perception.emotion import OUTPUTS, EmotionNetwork, View
from training.calibrate import majority
from training.chips import RIM_PX, ChipSet
from training.metrics import hits
from training.pixels import planes, resized

BATCH = 256
NOT_FOUND = "none"
"""Outcome of the detector for a picture in which no face was found."""

Labels = NDArray[np.int64]
Opinions = Mapping[View, NDArray[np.float32]]
"""Probabilities (N, 7) by output; a row of zeros where no face was found."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """By which labels pictures are judged.

    Attributes:
        name: for the report.
        head: the head that learned this label view.
        labels: class index of each chip, -1 where the protocol leaves it out.
        rule: what is left out, in words.

    """

    name: str
    head: View
    labels: Callable[[ChipSet], Labels]
    rule: str


def by_majority(chips: ChipSet) -> Labels:
    """Return the class that more than half of ten annotators chose, -1 where there is none.

    So too where only one annotator labelled the whole set: then the votes say nothing new.
    """
    labels, clear = majority(chips)
    several = ((chips.votes > 0).sum(1) > 1).any()
    return np.where(clear & several, labels, -1)


PROTOCOLS = (
    Protocol("original labels", "original", lambda chips: chips.original, "every picture with a label"),
    Protocol(
        "FER+ majority",
        "votes",
        by_majority,
        "seven classes, only pictures where more than half of ten agree",
    ),
)


def chips_for(geometry: ChipGeometry, wide: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a network's own chips, uint8 (N, S, S, C), from the middle of wide ones.

    Chips that were prepared at another size are scaled, gray ones given three equal channels, as for
    training.
    """
    middle = torch.from_numpy(np.ascontiguousarray(wide[:, RIM_PX:-RIM_PX, RIM_PX:-RIM_PX]))
    scaled = resized(planes(middle, geometry.channels), geometry.size_px)
    pixels = scaled.round().clamp(0.0, 255.0).to(torch.uint8).permute(0, 2, 3, 1)
    return np.ascontiguousarray(pixels.expand(-1, -1, -1, geometry.channels).numpy())


def opinions(network: EmotionNetwork, chips: ChipSet) -> Opinions:
    """Return what every output says of every chip."""
    found: dict[View, NDArray[np.float32]] = {
        view: np.zeros((len(chips), len(EMOTIONS)), np.float32) for view in OUTPUTS
    }
    for rows in _batches(np.flatnonzero(chips.detector != NOT_FOUND)):
        part = chips_for(network.geometry, chips.chips[rows])
        for view, rows_of in found.items():
            rows_of[rows] = network.probabilities(part, view)
    return found


def accuracies(network: EmotionNetwork, judged: ChipSet) -> dict[str, float]:
    """Return the accuracy of the shipped mix and of the head at home on each label view of the chips."""
    said = opinions(network, judged)
    found = {}
    for protocol in PROTOCOLS:
        labels = protocol.labels(judged)
        rows = labels >= 0
        if rows.any():
            for view in ("shipped", protocol.head):
                found[f"{view}, {protocol.name}"] = float(hits(said[view][rows], labels[rows]).mean())
    return found


def _batches(rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))
