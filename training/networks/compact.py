"""The compact emotion network: a small residual net of dense convolutions with two heads.

Dense convolutions, because they train several times faster on a CPU than depthwise ones.
"""

from collections.abc import Mapping
from typing import Self, cast

import torch
from torch import Tensor, nn

from drivermon.emotions import EMOTIONS
from drivermon.perception.alignment import DEFAULT_GEOMETRY
from training.networks.base import HEADS, Network

WIDTHS = (32, 64, 128, 256)
BLOCKS = (1, 1, 2, 1)
STEM = 3
"""Layers before the first block."""
DROPOUT = 0.3
MIN_STD = 4.0
"""Gray levels; a chip of less contrast than this is noise and is not stretched further."""


class Block(nn.Module):
    """Two 3x3 convolutions and a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        """Make a block that divides the side by `stride`."""
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            pool = nn.AvgPool2d(2) if stride == 2 else nn.Identity()
            self.shortcut = nn.Sequential(
                pool, nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
            )
        nn.init.zeros_(self.norm2.weight)  # starts as the shortcut alone: trains faster

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, S, S) to (N, outputs, S / stride, S / stride)."""
        y = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


class EmotionNet(Network):
    """Gray chips of any size; one layer holds both heads."""

    geometry = DEFAULT_GEOMETRY
    head = "heads"

    def __init__(self, widths: tuple[int, ...] = WIDTHS, blocks: tuple[int, ...] = BLOCKS) -> None:
        """Make a network of the given channels and number of blocks per stage."""
        super().__init__()
        layers: list[nn.Module] = [
            nn.Conv2d(1, widths[0], 3, 2, 1, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
        ]
        inputs = widths[0]
        for stage, (outputs, count) in enumerate(zip(widths, blocks, strict=True)):
            for index in range(count):
                layers.append(Block(inputs, outputs, 2 if index == 0 and stage > 0 else 1))
                inputs = outputs
        self.backbone = nn.Sequential(*layers)
        self.dropout = nn.Dropout(DROPOUT)
        self.width = inputs
        self.heads = nn.Linear(inputs, len(HEADS) * len(EMOTIONS))

    @classmethod
    def like(cls, weights: Mapping[str, Tensor]) -> Self:
        """Return a new network of the widths that weights have: a pruned one is narrower."""
        ends = [sum(BLOCKS[:stage]) for stage in range(1, len(BLOCKS) + 1)]
        names = [f"backbone.{STEM + end - 1}.conv2.weight" for end in ends]
        return cls(tuple(len(weights[name]) for name in names)) if set(names) <= set(weights) else cls()

    def trunk(self, chips: Tensor) -> Tensor:
        """Return chips without their own mean and spread: exposure and infrared contrast say nothing."""
        centred = chips - chips.mean(dim=(1, 2, 3), keepdim=True)
        spread = centred.square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
        return centred / spread.clamp_min(MIN_STD)

    def describe(self, seen: Tensor) -> Tensor:
        """Return (N, width)."""
        return cast("Tensor", self.dropout(self.backbone(seen).mean(dim=(2, 3))))

    def classify(self, described: Tensor) -> Tensor:
        """Return the logits of both heads."""
        return cast("Tensor", self.heads(described).view(-1, len(HEADS), len(EMOTIONS)))
