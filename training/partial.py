"""Sets that only say happy or not: a part of the truth, judged as far as it goes."""

from dataclasses import dataclass

import numpy as np

from drivermon.emotions import EMOTIONS
from drivermon.perception.emotion import OUTPUTS, EmotionNetwork, View
from training.chips import ChipSet
from training.judging import NOT_FOUND, opinions
from training.metrics import interval, mean_of
from training.slices import people

HAPPY = EMOTIONS.index("happy")


@dataclass(frozen=True, slots=True)
class HappyOrNot:
    """One opinion on a set that tells happy faces from all others.

    Attributes:
        dataset: name of the set.
        view: which output.
        count: pictures.
        accuracy: share called happy and happy, or neither; never a picture without a found face.
        low, high: 95 % interval of it, people resampled.
        found: share of the happy ones that are called happy.
        mistaken: share of the others that are called happy.

    """

    dataset: str
    view: View
    count: int
    accuracy: float
    low: float
    high: float
    found: float
    mistaken: float


def judge_happy(network: EmotionNetwork, chips: ChipSet) -> list[HappyOrNot]:
    """Judge every output on the pictures of which only that is known."""
    partial = chips[(chips.happy >= 0) & (chips.original < 0)]
    return [
        verdict
        for dataset in dict.fromkeys(partial.dataset.tolist())
        for verdict in _judge_set(network, partial[partial.dataset == dataset])
    ]


def _judge_set(network: EmotionNetwork, chips: ChipSet) -> list[HappyOrNot]:
    said = opinions(network, chips)
    happy, seen, who = chips.happy == 1, chips.detector != NOT_FOUND, people(chips)
    verdicts = []
    for view in OUTPUTS:
        called = (said[view].argmax(1) == HAPPY) & seen
        right = (called == happy) & seen
        low, high = interval(right, who)
        verdicts.append(
            HappyOrNot(
                dataset=str(chips.dataset[0]),
                view=view,
                count=len(chips),
                accuracy=float(np.mean(right)),
                low=low,
                high=high,
                found=mean_of(called[happy]),
                mistaken=mean_of(called[~happy]),
            )
        )
    return verdicts
