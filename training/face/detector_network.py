"""The detector: where faces are, in one look at a small gray picture (after CenterNet, Zhou et al. 2019)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.face.follower_network import Block, convolution

STRIDE = 8
MULTIPLE = 32
"""Height and width of what the network sees are multiples of this."""

BOX_SCALE_PX = 32.0
MIN_STD = 8.0
RARE = -4.0
"""Logit that the network starts with everywhere: faces are rare."""


class Found(NamedTuple):
    """For N pictures and every cell of 8 x 8 pixels.

    Attributes:
        faces: (N, H / 8, W / 8) logits that a face has its middle in the cell.
        boxes: (N, 4, H / 8, W / 8) distances in pixels from the cell's middle to the left, upper, right and
            lower side of that face.

    """

    faces: Tensor
    boxes: Tensor


class DetectorNet(nn.Module):
    """Gray pictures, float32 (N, 1, H, W) of 0 to 255, to `Found`."""

    def __init__(self) -> None:
        """Make the layers; 0.30 M parameters."""
        super().__init__()
        self.stem = nn.Sequential(
            convolution(1, 16, 3, 2), nn.ReLU(), convolution(16, 24, 3, 2), nn.ReLU(), Block(24, 24)
        )
        self.eighth = nn.Sequential(convolution(24, 40, 3, 2), nn.ReLU(), Block(40, 40))
        self.sixteenth = nn.Sequential(convolution(40, 56, 3, 2), nn.ReLU(), Block(56, 56))
        self.last = nn.Sequential(convolution(56, 64, 3, 2), nn.ReLU(), Block(64, 64))
        self.from_sixteenth, self.from_last = convolution(56, 48, 1), convolution(64, 48, 1)
        self.from_eighth = convolution(40, 48, 1)
        self.merged = nn.Sequential(nn.ReLU(), Block(48, 48))
        self.heads = nn.Conv2d(48, 5, 1)
        nn.init.normal_(self.heads.weight, 0.0, 0.01)
        nn.init.constant_(self.heads.bias, 0.0)
        nn.init.constant_(self.heads.bias[0], RARE)

    def forward(self, pictures: Tensor) -> Found:
        """Look at pictures whose height and width are multiples of 32."""
        centred = pictures - pictures.mean(dim=(2, 3), keepdim=True)
        spread = centred.square().mean(dim=(2, 3), keepdim=True).sqrt()
        x = centred / (spread + MIN_STD)
        if self.training:
            with torch.autocast("cpu", torch.bfloat16):
                heads = self.heads(self.merge(x.contiguous(memory_format=torch.channels_last))).float()
        else:
            heads = self.heads(self.merge(x))
        return Found(heads[:, 0], functional.softplus(heads[:, 1:] + 1) * BOX_SCALE_PX)

    def merge(self, x: Tensor) -> Tensor:
        """Return features (N, 48, H / 8, W / 8) that also know what lies far round each cell."""
        eighth = self.eighth(self.stem(x))
        sixteenth = self.sixteenth(eighth)
        wide = self.from_sixteenth(sixteenth) + _doubled(self.from_last(self.last(sixteenth)))
        merged: Tensor = self.merged(self.from_eighth(eighth) + _doubled(wide))
        return merged


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")
