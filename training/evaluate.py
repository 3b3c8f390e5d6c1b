"""Judge an exported network as the daemon runs it, on sets it never learned from."""

import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.config import CameraSettings, RuntimeSettings
from drivermon.emotions import EMOTIONS
from drivermon.errors import SourceError
from drivermon.perception.detector import HogDetector
from drivermon.perception.emotion import OUTPUTS, EmotionNetwork
from drivermon.perception.landmarks import Landmarks68
from drivermon.perception.measuring import FaceMeasurer
from training.calibrate import majority
from training.chips import RIM_PX, ChipSet
from training.datasets import Example
from training.metrics import Metrics, measure

HEADER = (
    "| set | output | pictures | accuracy | macro recall | ECE | coverage > 50 % | accuracy there | "
    + " | ".join(EMOTIONS)
    + " |"
)


def inner(chips: ChipSet) -> NDArray[np.uint8]:
    """Return the network's own chips (N, S, S, 1) from the middle of the wide ones."""
    return np.ascontiguousarray(chips.chips[:, RIM_PX:-RIM_PX, RIM_PX:-RIM_PX, None])


def judge_fer2013(network: EmotionNetwork, chips: ChipSet) -> list[tuple[str, str, Metrics]]:
    """Judge every output on both label views of the FER2013 validation part."""
    by_majority, clear = majority(chips)
    rows = []
    for view, output in OUTPUTS.items():
        found = np.concatenate([network.probabilities(part, view) for part in _batches(inner(chips))])
        rows.append(("FER2013 valid, original", output, measure(found, chips.original)))
        share = f"FER+ majority ({clear.mean():.0%} kept)"
        rows.append((share, output, measure(found[clear], by_majority[clear])))
    return rows


def judge_pictures(
    network: EmotionNetwork, name: str, examples: list[Example]
) -> list[tuple[str, str, Metrics]]:
    """Judge whole pictures as the daemon sees them; one without a detected face counts as wrong."""
    detector = HogDetector()
    measurer = FaceMeasurer(Landmarks68(), network, CameraSettings().horizontal_fov_deg)
    chips = []
    for example in examples:
        picture = cv2.imread(str(example.path), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            raise SourceError(f"{example.path} is no picture that can be read")
        image = np.asarray(picture, np.uint8)
        faces = [
            measurer.measure(image, found, measurer.fit(image, found)) for found in detector.search(image)
        ]
        largest = max(faces, key=lambda face: face.box.side, default=None)
        chips.append(None if largest is None else largest.chip)
    seen = np.array([chip is not None for chip in chips])
    labels = np.array([example.original for example in examples])
    label = f"{name} ({(~seen).sum()} of {len(seen)} undetected)"
    rows = []
    for view, output in OUTPUTS.items():
        found = np.zeros((len(chips), len(EMOTIONS)), np.float32)
        found[seen] = network.probabilities(np.stack([chip for chip in chips if chip is not None]), view)
        rows.append((label, output, measure(found, labels)))
    return rows


def table(rows: list[tuple[str, str, Metrics]]) -> str:
    """Write results as a Markdown table."""
    lines = [HEADER, "|" + "---|" * (HEADER.count("|") - 1)]
    for name, output, m in rows:
        numbers = [m.accuracy, m.macro_recall, m.ece, m.coverage, m.covered_accuracy, *m.recall]
        cells = [name, output, str(m.count), *(f"{number:.3f}" for number in numbers)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def milliseconds_per_chip(path: Path, runs: int = 300) -> float:
    """Return the median time of one chip on one thread."""
    network = EmotionNetwork(path, RuntimeSettings(threads=1))
    geometry = network.geometry
    chip = np.random.default_rng(0).integers(
        0, 256, (1, geometry.size_px, geometry.size_px, geometry.channels), np.uint8
    )
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        network.probabilities(chip)
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1e3


def _batches(chips: NDArray[np.uint8], size: int = 256) -> list[NDArray[np.uint8]]:
    return [chips[start : start + size] for start in range(0, len(chips), size)]
