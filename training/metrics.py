"""What is measured on probabilities (N, 7) against class indices (N,)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivermon.emotions import EMOTIONS

BINS = 15
WINNER = 0.50
"""A class is taken only above this share: the published rule."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """How one opinion fares on one set.

    Attributes:
        count: pictures judged.
        accuracy: share of them whose largest probability is the label's.
        recall: share found of each class, NaN where the set has none.
        macro_recall: mean of `recall` over the classes that the set has.
        ece: expected calibration error over `BINS` equal bins of confidence (Guo et al. 2017).
        coverage: share of pictures with a winner under the 50 % rule.
        covered_accuracy: accuracy among those.

    """

    count: int
    accuracy: float
    recall: tuple[float, ...]
    macro_recall: float
    ece: float
    coverage: float
    covered_accuracy: float


def measure(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> Metrics:
    """Judge probabilities; a row of zeros (no face found) is wrong and has no winner."""
    guess, confidence = probabilities.argmax(1), probabilities.max(1)
    right = (guess == labels) & (confidence > 0)
    recall = tuple(
        float(right[labels == index].mean()) if (labels == index).any() else float("nan")
        for index in range(len(EMOTIONS))
    )
    won = confidence > WINNER
    return Metrics(
        count=len(labels),
        accuracy=float(right.mean()),
        recall=recall,
        macro_recall=float(np.nanmean(recall)),
        ece=calibration_error(confidence, right),
        coverage=float(won.mean()),
        covered_accuracy=float(right[won].mean()) if won.any() else float("nan"),
    )


def calibration_error(confidence: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    """Return the mean gap between confidence and accuracy over equal bins, weighted by their size."""
    bins = np.clip((confidence * BINS).astype(int), 0, BINS - 1)
    gaps = [
        (bins == index).mean()
        * abs(float(right[bins == index].mean()) - float(confidence[bins == index].mean()))
        for index in np.unique(bins)
    ]
    return float(sum(gaps))
