"""Blocks made narrower after training: hidden channels leave, and the others learn to stand in for them.

Channel pruning with reconstruction (He, Zhang & Sun 2017): a block's second convolution is fitted anew, by
least squares, to what it gave with all hidden channels. The runtime computes channels in sixteens on
processors with AVX-512: 48 are three of these where 56 take four.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from drivermon.errors import SourceError
from training.face.follower_network import Block

TAPS = 9
"""Weights of a 3x3 convolution for each channel."""

RIDGE = 1e-6
"""Of the mean square of what the second convolution sees: a silent channel must not upset the fit."""


@torch.no_grad()
def narrow(block: Block, keep: int, look: Callable[[], object]) -> Block:
    """Return a block of fewer hidden channels that gives nearly the same.

    Channels leave one by one, the one first whose loss the others make up for best.

    Args:
        block: part of a network in judging mode.
        keep: hidden channels that stay.
        look: calls the network on some thousand pictures that it learns from.

    Raises:
        SourceError: the block has no more channels than that.

    """
    before = block.second[0]
    if not 0 < keep < before.in_channels:
        raise SourceError(f"a block of {before.in_channels} hidden channels can't be narrowed to {keep}")
    seen = _second_moments(before, look)
    seen += RIDGE * seen.diagonal().mean() * torch.eye(len(seen), dtype=seen.dtype)
    weights = before.weight.double().flatten(1).T
    wanted = seen[:, : len(weights)] @ weights
    kept = list(range(before.in_channels))
    while len(kept) > keep:
        rows = _rows(kept, before.in_channels)
        inverse = torch.linalg.inv(seen[rows][:, rows])
        kept.pop(_least(inverse, inverse @ wanted[rows], len(kept)))
    rows = _rows(kept, before.in_channels)
    fitted = torch.linalg.solve(seen[rows][:, rows], wanted[rows])
    narrower = Block(before.out_channels, keep)
    narrower.first[0].weight.copy_(block.first[0].weight[kept])
    narrower.second[0].weight.copy_(fitted[:-1].T.reshape(narrower.second[0].weight.shape))
    for name, value in block.first[1].state_dict().items():
        narrower.first[1].state_dict()[name].copy_(value[kept] if value.ndim else value)
    narrower.second[1].load_state_dict(block.second[1].state_dict())
    narrower.second[1].running_mean -= fitted[-1]
    narrower.eval()
    return narrower


def _second_moments(convolution: nn.Conv2d, look: Callable[[], object]) -> Tensor:
    """Return (9 C + 1, 9 C + 1): sums of products of all that the convolution sees at a place, and of 1."""
    size = TAPS * convolution.in_channels + 1
    sums = torch.zeros(size, size, dtype=torch.float64)

    def add(_: nn.Module, given: tuple[Tensor, ...]) -> None:
        places = nn.functional.unfold(given[0].float(), 3, padding=1).transpose(1, 2).flatten(0, 1).double()
        places = torch.cat([places, torch.ones(len(places), 1, dtype=places.dtype)], 1)
        sums.addmm_(places.T, places)

    hook = convolution.register_forward_pre_hook(add)
    look()
    hook.remove()
    return sums


def _least(inverse: Tensor, fitted: Tensor, channels: int) -> int:
    """Return which channel adds the least error when it leaves and the others are fitted again."""
    losses = []
    for channel in range(channels):
        taps = slice(TAPS * channel, TAPS * (channel + 1))
        losses.append((fitted[taps] * torch.linalg.solve(inverse[taps, taps], fitted[taps])).sum())
    return int(torch.stack(losses).argmin())


def _rows(kept: list[int], channels: int) -> Tensor:
    taps = [TAPS * channel + tap for channel in kept for tap in range(TAPS)]
    return torch.tensor([*taps, TAPS * channels])
