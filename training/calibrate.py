"""What is fitted after training, on held-out chips only: each head's calibration, and their mix.

The heads say honestly how sure they are of their own label view. The mix can't do so on both, as the
views agree on 62.5 % of the pictures: it is held to FER2013's original labels, over all pictures.
"""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from drivermon.emotions import EMOTIONS
from training.chips import ChipSet
from training.metrics import drawn_again

MAX_BALANCE = 0.5
"""Further towards even odds, neutral drivers would be given rare emotions on slight evidence."""
BIAS_PENALTY = 0.01
"""Keeps the offset of a class that hardly occurs among the held-out chips near 0."""
ENOUGH_PICTURES = 20
"""A class of fewer held-out pictures has no say in the choice of the mix: of two of disgust by majority, one
found or not moved the mean recall by seven points, and the mix with it."""
RESAMPLES = 200
"""Of the held-out pictures. Many mixes do about as well, those nearer to the votes if balanced more: which
one is best is chance, the mean of the best ones of each resample is stable (bagging, Breiman 1996)."""
LEAST_SHARE = 1e-9
"""Shares below are taken for this one, so that their logarithm is finite."""
FITTED_ON = "fer2013"
"""Where a held-out part has pictures of this set, only they are fitted to: those of other sets have one
annotator and are easier, and a network calibrated on them too was too sure on FER2013's."""


@dataclass(frozen=True, slots=True)
class Head:
    """Calibration of one head: its logits are divided by `temperature`, then `bias` is added."""

    temperature: float
    bias: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What turns two heads' logits into the shipped probabilities.

    Attributes:
        original, votes: calibration of the heads.
        votes_share: weight of the votes head in the mix; the original head has the rest.
        balance: how far the mix is moved from the mix of classes in the training pictures (0), where
            disgust and fear are rare, to even odds for all classes (1).
        prior: share of each class in the mix over the held-out chips.
        temperature: of the mix; over 1 makes it less sure.

    """

    original: Head
    votes: Head
    votes_share: float
    balance: float
    prior: tuple[float, ...]
    temperature: float = 1.0

    def probabilities(self, logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the shipped mix and both heads' probabilities, each (N, 7), from logits (N, 2, 7)."""
        original, votes = (
            torch.softmax(logits[:, index] / head.temperature + torch.tensor(head.bias), dim=1)
            for index, head in enumerate((self.original, self.votes))
        )
        mixed = (1.0 - self.votes_share) * original + self.votes_share * votes
        evened = mixed.clamp_min(LEAST_SHARE).log() - self.balance * torch.tensor(self.prior).log()
        return torch.softmax(evened / self.temperature, dim=1), original, votes


def majority(chips: ChipSet) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the class with most votes and whether more than half of the ten chose it (FER+'s rule)."""
    return chips.votes.argmax(1), chips.votes.max(1) > 5


def calibration_rows(held: ChipSet) -> NDArray[np.bool_]:
    """Return which held-out chips are fitted to: those of `FITTED_ON`, or all where it has none of them."""
    rows = np.char.startswith(held.dataset, FITTED_ON)
    return rows if rows.any() else np.ones(len(held), bool)


def calibrate(logits: Tensor, held: ChipSet) -> Calibration:
    """Fit each head by likelihood, choose the mix by both views, and fit its temperature to the originals."""
    known = torch.from_numpy(held.original >= 0)
    by_majority, clear = (torch.from_numpy(part) for part in majority(held))
    original = torch.from_numpy(held.original)
    head_original = fit_head(logits[known, 0], original[known])
    head_votes = fit_head(logits[clear, 1], by_majority[clear])

    def mix(share: float, balance: float) -> Calibration:
        even = Calibration(head_original, head_votes, share, 0.0, (1.0,) * len(EMOTIONS))
        prior = tuple(even.probabilities(logits)[0].mean(0).tolist())
        return replace(even, balance=balance, prior=prior)

    choices = torch.tensor(list(product(np.linspace(0.0, 1.0, 11), np.linspace(0.0, MAX_BALANCE, 6))))
    guesses = torch.stack([mix(*choice).probabilities(logits)[0].argmax(1) for choice in choices.tolist()])
    often = torch.from_numpy(drawn_again(len(held), RESAMPLES)).float()
    in_original, in_majority = (
        _merits(guesses[:, rows] == labels[rows], labels[rows], often[:, rows])
        for labels, rows in ((original, known), (by_majority, clear))
    )
    best = mix(*choices[(in_original + in_majority).argmax(0)].mean(0).tolist())
    shipped = best.probabilities(logits)[0]
    return replace(best, temperature=fit_temperature(shipped[known].log(), original[known]))


def _merits(right: Tensor, labels: Tensor, often: Tensor) -> Tensor:
    """Return accuracy and mean recall together, (M, R): of M choices in R resamples.

    Args:
        right: bool (M, N), whether each choice is right on each picture.
        labels: int64 (N,).
        often: float32 (R, N), how often each resample has each picture.

    """

    def recall(rows: Tensor) -> Tensor:
        return right[:, rows].float() @ often[:, rows].T / often[:, rows].sum(1).clamp_min(1.0)

    classes, counts = labels.unique(return_counts=True)
    enough = classes[counts >= min(ENOUGH_PICTURES, int(counts.max()))]
    return recall(labels >= 0) + torch.stack([recall(labels == c) for c in enough]).mean(0)


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """Return what logits (N, 7) are to be divided by, by likelihood (Guo et al. 2017)."""
    log_scale = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.LBFGS([log_scale], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(logits * log_scale.exp(), labels)
        loss.backward()
        return loss

    with torch.enable_grad():
        optimizer.step(closure)
    return float(torch.exp(-log_scale.detach()))


def fit_head(logits: Tensor, labels: Tensor) -> Head:
    """Fit temperature and class offsets by likelihood (vector scaling with one shared scale)."""
    log_scale = torch.zeros((), requires_grad=True)
    bias = torch.zeros(len(EMOTIONS), requires_grad=True)
    optimizer = torch.optim.LBFGS([log_scale, bias], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(logits * log_scale.exp() + bias, labels)
        loss = loss + BIAS_PENALTY * bias.square().mean()
        loss.backward()
        return loss

    with torch.enable_grad():
        optimizer.step(closure)
    return Head(float(torch.exp(-log_scale.detach())), tuple(bias.detach().tolist()))
