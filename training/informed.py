"""What teachers say of the original labels once they have seen the votes too.

Ten votes are known of a picture that is learned from, and none of a driver: learning with privileged
information (Vapnik & Vashist 2009), here through a teacher (Lopez-Paz et al. 2016). A label is one draw from
what people might call a face; how likely each draw was says more, and is not learned by heart.
"""

import math

import numpy as np
import torch
from torch import Tensor, nn

from drivermon.emotions import EMOTIONS
from training.calibrate import calibration_rows
from training.chips import ChipSet
from training.targets import MIN_VOTES

HIDDEN, FITS = 32, 4
"""Hidden numbers of the small network that weighs opinions and votes, and of how many the mean is taken."""

STEPS, BATCH, RATE, DECAY = 1100, 256, 3e-3, 1e-2


def informed(opinions: Tensor, chips: ChipSet) -> Tensor:
    """Return how likely each original label is, given what teachers say and how people voted.

    Args:
        opinions: logits (T, N, 2, 7) of T teachers, best of such as have learned little by heart.
        chips: N, that are learned from.

    Returns:
        (N, 7); for chips that few or nobody voted on, the teachers' own mean opinion.

    """
    voted = calibration_rows(chips) & (chips.votes.sum(1) >= MIN_VOTES)
    said = opinions.log_softmax(3).permute(1, 0, 2, 3).flatten(1)
    seen = torch.cat([said, _votes(chips)], 1)
    fitted_to = torch.from_numpy(np.flatnonzero(voted & (chips.original >= 0)))
    likely = opinions.mean(0)[:, 0].softmax(1)
    if len(fitted_to):
        labels = torch.from_numpy(chips.original)[fitted_to]
        rows = torch.from_numpy(np.flatnonzero(voted))
        fits = [_fit(seen[fitted_to], labels, seed)(seen[rows]).softmax(1) for seed in range(FITS)]
        likely[rows] = torch.stack(fits).mean(0).detach()
    return likely


def _votes(chips: ChipSet) -> Tensor:
    """Return (N, 28): each class's share of the votes, its root, whether it has most of all, and the most."""
    votes = torch.from_numpy(chips.votes).float()
    shares = votes / votes.sum(1, keepdim=True).clamp_min(1.0)
    most = shares == shares.amax(1, keepdim=True)
    return torch.cat([shares, shares.sqrt(), (shares > 0.5).float(), most.float()], 1)


def _fit(seen: Tensor, labels: Tensor, seed: int) -> nn.Module:
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = nn.Sequential(nn.Linear(seen.shape[1], HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, len(EMOTIONS)))
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    batches = math.ceil(len(seen) / BATCH)
    passes = math.ceil(STEPS / batches)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, passes * batches)
    for _ in range(passes):
        for rows in torch.randperm(len(seen), generator=generator).split(BATCH):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(seen[rows]), labels[rows]).backward()
            optimizer.step()
            schedule.step()
    return network
