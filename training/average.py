"""The mean of several runs' weights: one network, often better than each (model soups, Wortsman et al. 2022).

It makes sense of runs that began at the same weights and did not go far: others lie in valleys of their own.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from drivermon.errors import SourceError
from training.networks import read_weights
from training.networks.compact import SEEN


def averaged(paths: Sequence[Path]) -> dict[str, Tensor]:
    """Return the mean of checkpoints; what only counts is the first one's.

    Args:
        paths: `best.pt` of each run.

    Raises:
        SourceError: one is missing, of another network, or sees chips at another size.

    """
    first, *others = (read_weights(path) for path in paths)
    for path, weights in zip(paths[1:], others, strict=True):
        if _shapes(weights) != _shapes(first):
            raise SourceError(f"{path} is of another network than {paths[0]}: name runs of one network")
        if weights.get(SEEN) != first.get(SEEN):
            raise SourceError(f"{path} sees chips at another size than {paths[0]}: name runs of one size")
    return {
        name: torch.stack([value, *(weights[name] for weights in others)]).mean(0)
        if value.is_floating_point()
        else value
        for name, value in first.items()
    }


def _shapes(weights: dict[str, Tensor]) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in weights.items()}
