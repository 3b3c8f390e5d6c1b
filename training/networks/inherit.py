"""The compact network's starting weights: the layers of dlib's face recognition network, as they are."""

from typing import cast

import torch
from torch import Tensor, nn

from training.networks.compact import Block, EmotionNet
from training.networks.normalise import normalise, set_affine
from training.networks.recogniser import SCALE, Affine, Recogniser, RecogniserBlock

FACE_STD = 50.0
"""Gray levels: the usual spread of a chip; the compact network takes it out, the recogniser does not."""


@torch.no_grad()
def inherit(network: EmotionNet, recogniser: Recogniser, chips: Tensor) -> None:
    """Make a compact network see in gray chips what the recogniser's first blocks see, up to the borders.

    Where it is narrower, the channels with the largest weights are kept. Its normalisations start with
    the statistics of `chips`, so that training begins with the very function that was taken over.

    Args:
        network: whose layers are set, but for its heads.
        recogniser: with its weights.
        chips: float32 (N, 1, S, S) of 0 to 255, some hundred that are learned from.

    """
    first = network.backbone[0]
    pixels = FACE_STD / SCALE * recogniser.conv.weight.sum(1, keepdim=True)
    kept = _strongest(recogniser.conv, recogniser.norm, first.out_channels)
    _take(first, network.backbone[1], pixels[kept], recogniser.conv, recogniser.norm, kept)
    blocks = [layer for layer in network.backbone if isinstance(layer, Block)]
    for own, given in zip(blocks, recogniser.blocks, strict=False):
        kept = _take_block(own, cast("RecogniserBlock", given), kept)
    normalise(network, lambda: network(chips))


def _take_block(own: Block, given: RecogniserBlock, kept: Tensor) -> Tensor:
    """Take over a block that gets the `kept` channels of its input; return those that it gives."""
    inner = _strongest(given.conv1, given.norm1, own.conv1.out_channels)
    renewed = not isinstance(own.shortcut, nn.Identity)
    outer = _strongest(given.conv2, given.norm2, own.conv2.out_channels) if renewed else kept
    _take(own.conv1, own.norm1, given.conv1.weight[inner][:, kept], given.conv1, given.norm1, inner)
    _take(own.conv2, own.norm2, given.conv2.weight[outer][:, inner], given.conv2, given.norm2, outer)
    if renewed:
        convolution, norm = own.shortcut[1], own.shortcut[2]
        convolution.weight.copy_((outer[:, None] == kept[None]).float()[:, :, None, None])
        set_affine(norm, torch.ones(len(outer)), torch.zeros(len(outer)))
    return outer


def _strongest(convolution: nn.Conv2d, norm: Affine, count: int) -> Tensor:
    strength = convolution.weight.square().sum((1, 2, 3)).sqrt() * norm.weight.abs()
    return strength.topk(count).indices.sort().values


def _take(
    own: nn.Conv2d,
    norm: nn.BatchNorm2d,
    weight: Tensor,
    given: nn.Conv2d,
    affine: Affine,
    kept: Tensor,
) -> None:
    own.weight.copy_(weight)
    scale, offset = affine.weight[kept], affine.bias[kept]
    set_affine(norm, scale, offset + scale * cast("Tensor", given.bias)[kept])
