"""Judge an exported network as the daemon runs it, on chips it never learned from.

Accuracy is over all pictures of a set: one in which no face was found counts as wrong, unless the set
was prepared as crops, each of which is a face.
"""

import json
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivermon.config import RuntimeSettings
from drivermon.errors import SourceError
from drivermon.perception.emotion import OUTPUTS, EmotionNetwork, View
from training.chips import ChipSet
from training.export import counts_told
from training.judging import NOT_FOUND, PROTOCOLS, Opinions, Protocol, opinions
from training.manifest import Split
from training.metrics import Metrics, calibration_error, hits, interval, measure
from training.onnx_file import read_metadata
from training.slices import Slice, people, slices, slices_by

UNSEEN: tuple[Split, ...] = ("test", "judge")
"""Parts that no training and no choice has used."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One opinion of a network on one set, by one protocol.

    Attributes:
        dataset: name of the set.
        protocol: by which labels.
        view: which output.
        kept: share of the set's pictures that the protocol judges.
        undetected: pictures in which no face was found, among those judged.
        cropped: the pictures are faces cut out: none counts as undetected.
        metrics: what came out.
        low, high: 95 % interval of the accuracy, people resampled.
        ece_before: calibration error without the calibration in the graph.
        chips: the pictures that were judged.
        probabilities: float32 (N, 7) that were judged.
        before: the same without calibration.
        labels: int64 (N,).

    """

    dataset: str
    protocol: Protocol
    view: View
    kept: float
    undetected: int
    cropped: bool
    metrics: Metrics
    low: float
    high: float
    ece_before: float
    chips: ChipSet
    probabilities: NDArray[np.float32]
    before: NDArray[np.float32]
    labels: NDArray[np.int64]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether each picture was called by its label."""
        return hits(self.probabilities, self.labels)

    @property
    def at_home(self) -> bool:
        """Whether this output is meant for these labels: the head that learned them, or the shipped mix."""
        return self.view in {self.protocol.head, "shipped"}

    def slices(self) -> list[Slice]:
        """Return the accuracy by every attribute."""
        return slices(self.chips, self.right)

    def slices_by(self, attribute: str) -> list[Slice]:
        """Return the accuracy by one attribute of the manifest."""
        return slices_by(self.chips, self.right, attribute)


def judge(
    network: EmotionNetwork, chips: ChipSet, calibration: Mapping[str, Any], cropped: Collection[str] = ()
) -> list[Verdict]:
    """Judge every output on every set and label view that the chips have.

    Args:
        network: as the daemon opens it.
        chips: of all sets together; `dataset` tells them apart.
        calibration: what `calibration_of` read from the network's file.
        cropped: sets prepared as crops; one with a chip of the average crop is such a set anyway.

    """
    return [
        verdict
        for dataset in dict.fromkeys(chips.dataset.tolist())
        for verdict in _judge_set(network, chips[chips.dataset == dataset], calibration, dataset in cropped)
    ]


def _judge_set(
    network: EmotionNetwork, chips: ChipSet, calibration: Mapping[str, Any], cropped: bool
) -> Iterable[Verdict]:
    said = opinions(network, chips)
    raw = uncalibrated(said, calibration)
    for protocol in PROTOCOLS:
        labels = protocol.labels(chips)
        rows = labels >= 0
        if not rows.any():
            continue
        judged, labels = chips[rows], labels[rows]
        for view in OUTPUTS:
            probabilities, before = said[view][rows], raw[view][rows]
            right = hits(probabilities, labels)
            seen = judged.detector != NOT_FOUND
            low, high = interval(right, people(judged))
            yield Verdict(
                dataset=str(chips.dataset[0]),
                protocol=protocol,
                view=view,
                kept=float(rows.mean()),
                undetected=int((~seen).sum()),
                cropped=cropped or bool((chips.detector == "crop").any()),
                metrics=measure(probabilities, labels),
                low=low,
                high=high,
                ece_before=calibration_error(before.max(1)[seen], hits(before, labels)[seen]),
                chips=judged,
                probabilities=probabilities,
                before=before,
                labels=labels,
            )


def calibration_of(path: Path) -> dict[str, Any]:
    """Return the calibration that an exported network carries in its metadata."""
    stored: dict[str, Any] = json.loads(read_metadata(path)["temperature"])
    return stored


def check_unseen(path: Path, chips: ChipSet, judged: Collection[str]) -> None:
    """Refuse to judge on the test part of another split than the network learned from.

    Args:
        path: of an exported network, which tells how many pictures of each set it learned from.
        chips: all parts.
        judged: names of the sets.

    Raises:
        SourceError: the split of a set leaves another number of pictures to learn from.

    """
    learned = counts_told(read_metadata(path)["data"])
    left = Counter(chips.dataset[chips.rows("train", "validation")].tolist())
    for name in sorted(learned.keys() & set(judged)):
        if learned[name] != left[name]:
            raise SourceError(
                f"{path} learned from {learned[name]} pictures of {name}, and the split of these chips "
                f"leaves {left[name]}: what is judged may have been learned. Judge on the chips that it was "
                "exported with, or on other sets by --sets"
            )


def uncalibrated(said: Opinions, calibration: Mapping[str, Any]) -> Opinions:
    """Return what the outputs would say without calibration: temperatures 1, no offsets.

    A calibrated softmax can be undone but for a constant that the next softmax takes out.
    """
    raw: dict[View, NDArray[np.float32]] = {}
    for view, probabilities in said.items():
        temperature = calibration.get("temperature", 1.0)
        bias: float | NDArray[np.float64] = 0.0
        if view != "shipped":
            temperature, bias = calibration[view]["temperature"], np.array(calibration[view]["bias"])
        logits = temperature * (np.log(np.maximum(probabilities, 1e-12)) - bias)
        shares = np.exp(logits - logits.max(1, keepdims=True))
        shares /= shares.sum(1, keepdims=True)
        raw[view] = np.where(probabilities.max(1, keepdims=True) > 0, shares, 0.0).astype(np.float32)
    return raw


def milliseconds_per_chip(path: Path, runs: int = 300) -> float:
    """Return the median time of one chip on one thread."""
    network = EmotionNetwork(path, RuntimeSettings(threads=1))
    geometry = network.geometry
    shape = (1, geometry.size_px, geometry.size_px, geometry.channels)
    chip = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        network.probabilities(chip)
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1e3
