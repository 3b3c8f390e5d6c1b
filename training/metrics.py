"""What is measured on probabilities (N, 7) against class indices (N,)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivermon.emotions import EMOTIONS

BINS = 15
WINNER = 0.50
"""A class is taken only above this share: the published rule."""
RESAMPLES = 1000
INTERVAL_PERCENT = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Metrics:
    """How one opinion fares on one set.

    Attributes:
        count: pictures judged.
        accuracy: share of them whose largest probability is the label's.
        recall: share found of each class, NaN where the set has none.
        macro_recall: mean of `recall` over the classes that the set has.
        macro_f1: mean over those classes of the harmonic mean of precision and recall.
        ece: expected calibration error over `BINS` equal bins of confidence (Guo et al. 2017), of the
            pictures in which a face was found.
        coverage: share of pictures with a winner under the 50 % rule.
        covered_accuracy: accuracy among those.
        confusion: int (7, 8), pictures by label and by what they were called; the last column is "no face".

    """

    count: int
    accuracy: float
    recall: tuple[float, ...]
    macro_recall: float
    macro_f1: float
    ece: float
    coverage: float
    covered_accuracy: float
    confusion: NDArray[np.int64]


def measure(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> Metrics:
    """Judge probabilities; a row of zeros (no face found) is wrong and has no winner."""
    confidence = probabilities.max(1, initial=0.0)
    seen = confidence > 0
    right = hits(probabilities, labels)
    confusion = np.zeros((len(EMOTIONS), len(EMOTIONS) + 1), np.int64)
    np.add.at(confusion, (labels, np.where(seen, probabilities.argmax(1), len(EMOTIONS))), 1)
    there = confusion.sum(1) > 0
    with np.errstate(invalid="ignore"):
        found = np.diagonal(confusion)
        recall = found / confusion.sum(1)
        f1 = 2 * found / (confusion.sum(1) + confusion[:, :-1].sum(0))
    won = confidence > WINNER
    return Metrics(
        count=len(labels),
        accuracy=mean_of(right),
        recall=tuple(recall.tolist()),
        macro_recall=mean_of(recall[there]),
        macro_f1=mean_of(f1[there]),
        ece=calibration_error(confidence[seen], right[seen]),
        coverage=mean_of(won),
        covered_accuracy=mean_of(right[won]),
        confusion=confusion,
    )


def hits(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether each row's largest probability is its label's; never where no face was found."""
    return np.asarray((probabilities.argmax(1) == labels) & (probabilities.max(1, initial=0.0) > 0))


def calibration_error(confidence: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    """Return the mean gap between confidence and accuracy over equal bins, weighted by their size."""
    bins = np.clip((confidence * BINS).astype(int), 0, BINS - 1)
    gaps = [
        (bins == index).mean()
        * abs(float(right[bins == index].mean()) - float(confidence[bins == index].mean()))
        for index in np.unique(bins)
    ]
    return float(sum(gaps))


def interval(right: NDArray[np.bool_], who: NDArray[np.str_], seed: int = 0) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of an accuracy, people resampled and not pictures.

    Pictures of one person are no independent witnesses: an interval over pictures would be too narrow.

    Args:
        right: bool (N,), whether each picture was right.
        who: str (N,), subject of each, or group where the subject is unknown.
        seed: of the resampling.

    """
    if not len(right):
        return float("nan"), float("nan")
    _, index = np.unique(who, return_inverse=True)
    counts, sums = np.bincount(index), np.bincount(index, right)
    drawn = drawn_again(len(counts), RESAMPLES, seed)
    low, high = np.percentile(drawn @ sums / (drawn @ counts), INTERVAL_PERCENT)
    return float(low), float(high)


def drawn_again(count: int, times: int, seed: int = 0) -> NDArray[np.int64]:
    """Return (times, count): how often each of `count` is drawn when as many are drawn with replacement."""
    return np.random.default_rng(seed).multinomial(count, np.full(count, 1.0 / count), times)


def mean_of(values: NDArray[np.floating] | NDArray[np.bool_]) -> float:
    """Return the mean, NaN of nothing."""
    return float(values.mean()) if len(values) else float("nan")
