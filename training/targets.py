"""What the network is to say of each chip, and how far it is off."""

import zlib
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from drivermon.emotions import EMOTIONS
from drivermon.errors import SourceError
from training.chips import ChipSet
from training.networks import HEADS

HELD_OUT_PERCENT = 8
LABEL_SMOOTHING = 0.05
MIN_VOTES = 5
"""FER+ rows with fewer of their ten votes on the seven classes teach nothing about them."""
EVENING = 0.5
"""Rare classes are drawn more often: by this power of how rare they are."""
UNTOLD = 0.5
"""How often chips without any of the seven classes are drawn, in shares of the others' mean."""


def hold_out(chips: ChipSet, percent: int = HELD_OUT_PERCENT) -> tuple[ChipSet, ChipSet]:
    """Split into training and held-out chips: as the manifest says, else by group, whatever the order.

    Raises:
        SourceError: there are none.

    """
    if not len(chips):
        raise SourceError("there is nothing to learn from: all sets that were prepared only judge")
    if {"train", "validation"} <= set(chips.split):
        return chips.part("train"), chips.part("validation")
    held = _numbers(chips) % 100 < percent
    return chips[~held], chips[held]


def part_of(chips: ChipSet, parts: int) -> NDArray[np.int64]:
    """Return which of so many parts each chip is of, 0 to `parts` - 1: by group, whatever the order."""
    return _numbers(chips) // 100 % parts


def _numbers(chips: ChipSet) -> NDArray[np.int64]:
    """Return a number (N,) for the group of each chip, the same in every run."""
    return np.array([zlib.crc32(group.encode()) for group in chips.group], np.int64)


def without_repeats(chips: ChipSet) -> ChipSet:
    """Keep the first picture of every group of near-identical ones, and of their copies by each recipe."""
    fer = np.char.startswith(chips.dataset, "fer2013")
    keys = np.char.add(np.char.add(chips.group, "#"), chips.attribute("recipe"))
    _, first = np.unique(keys, return_index=True)
    keep = ~fer
    keep[first] = True
    return chips[keep]


@dataclass(frozen=True, slots=True)
class Rows:
    """Training chips as tensors, row by row.

    Attributes:
        wide: uint8 (N, W, W) or (N, W, W, 3), or what frozen layers made of them.
        original: int64 (N,), -1 without.
        shares: float32 (N, 7), share of the votes for each class.
        weights: float32 (N,), how much the votes count; 0 without.
        happy: int64 (N,), 1, 0, or -1 for unknown.
        taught: float32 (N, 2, 7), what teachers say of each row, by head; zeros without any.
        often: float32 (N,), how often the row is drawn in an epoch, 1 on average.

    """

    wide: Tensor
    original: Tensor
    shares: Tensor
    weights: Tensor
    happy: Tensor
    taught: Tensor
    often: Tensor

    @classmethod
    def of(cls, chips: ChipSet, taught: Tensor | None = None, even: bool = True) -> "Rows":
        """Turn labels, and what teachers say, into targets; `even` draws rare classes more often."""
        if taught is None:
            taught = torch.zeros(len(chips), len(HEADS), len(EMOTIONS))
        total = chips.votes.sum(1, keepdims=True)
        weights = np.where(total[:, 0] >= MIN_VOTES, total[:, 0] / 10.0, 0.0)
        labels, told = chips.classes()
        rarity = 1.0 / np.maximum(np.bincount(labels[told], minlength=len(EMOTIONS)), 1)
        often = rarity[labels] ** (EVENING if even else 0.0)
        often[~told] = UNTOLD * often[told].mean() if told.any() else 1.0
        return cls(
            wide=torch.from_numpy(chips.chips),
            original=torch.from_numpy(chips.original),
            shares=torch.from_numpy(chips.votes / np.maximum(total, 1.0)).float(),
            weights=torch.from_numpy(weights).float(),
            happy=torch.from_numpy(chips.happy),
            taught=taught,
            often=torch.from_numpy(often / often.mean()).float(),
        )

    def take(self, index: Tensor) -> "Rows":
        """Return the given rows."""
        return Rows(*(getattr(self, field.name)[index] for field in fields(self)))

    def to(self, device: torch.device) -> "Rows":
        """Return all rows on a device."""
        return Rows(*(getattr(self, field.name).to(device) for field in fields(self)))

    def seen_as(self, seen: Tensor) -> "Rows":
        """Return the rows with what frozen layers made of the chips in place of these."""
        return replace(self, wide=seen)


def loss_of(logits: Tensor, rows: Rows, trust: float = 0.0) -> Tensor:
    """Return the mean loss of both heads over what each row knows.

    With `trust` in teachers, the loss is that share of the cross-entropy to their opinion (knowledge
    distillation, Hinton et al. 2015, at temperature 1) and for the rest that to the labels. What
    annotators disagree on, as on every second picture of FER2013, teachers even out.

    A row that only says happy or not pulls the votes head towards or away from happy, and lets the
    other classes share the rest as they like.
    """
    by_original, by_votes = (head.log_softmax(1) for head in logits.unbind(1))
    known, partial = rows.original >= 0, rows.happy >= 0
    loss_original = nn.functional.cross_entropy(
        by_original[known], rows.original[known], label_smoothing=LABEL_SMOOTHING, reduction="sum"
    )
    loss_votes = -(rows.weights[:, None] * rows.shares * by_votes).sum()
    happy = by_votes[partial, EMOTIONS.index("happy")].exp().clamp(1e-4, 1.0 - 1e-4)
    said = torch.where(rows.happy[partial] == 1, 1.0 - LABEL_SMOOTHING, LABEL_SMOOTHING)
    loss_partial = nn.functional.binary_cross_entropy(happy, said, reduction="sum")
    of_labels = loss_original + loss_votes + loss_partial
    of_teachers = -(rows.taught * torch.stack([by_original, by_votes], 1)).sum()
    return ((1.0 - trust) * of_labels + trust * of_teachers) / len(logits)
