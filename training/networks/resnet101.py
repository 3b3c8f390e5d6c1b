"""ResNet-101 (He et al. 2016), with torchvision's names of layers.

42,514,503 parameters with seven outputs. The published 42,619,847 count the running mean and variance of
its 52,672 normalised channels too, which are not trained but measured.
"""

from typing import cast

import torch
from torch import Tensor, nn

from training.networks.base import ClassicNetwork, linear_head

STAGES = ((64, 3), (128, 4), (256, 23), (512, 3))
"""Inner channels and blocks of each stage."""
EXPANSION = 4


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolution and a shortcut."""

    def __init__(self, inputs: int, inner: int, stride: int) -> None:
        """Make a block that divides the side by `stride`."""
        super().__init__()
        outputs = inner * EXPANSION
        self.conv1 = nn.Conv2d(inputs, inner, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample: nn.Module | None = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, S, S) to (N, 4 inner, S / stride, S / stride)."""
        y = torch.relu(self.bn1(self.conv1(x)))
        y = torch.relu(self.bn2(self.conv2(y)))
        shortcut = x if self.downsample is None else self.downsample(x)
        return torch.relu(self.bn3(self.conv3(y)) + shortcut)


class ResNet101(ClassicNetwork):
    """A convolution, 33 blocks of three, and one fully connected layer."""

    head = "fc"
    trainable = ("fc",)
    width = 512 * EXPANSION

    def __init__(self) -> None:
        """Make the layers."""
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        inputs = 64
        for stage, (inner, count) in enumerate(STAGES):
            blocks = []
            for index in range(count):
                blocks.append(Bottleneck(inputs, inner, 2 if index == 0 and stage > 0 else 1))
                inputs = inner * EXPANSION
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
        self.dropout = nn.Dropout()
        self.fc = linear_head(inputs)

    def trunk(self, chips: Tensor) -> Tensor:
        """Return (N, 2048): all convolutions."""
        x = self.maxpool(torch.relu(self.bn1(self.conv1(self.normalised(chips)))))
        for stage in range(len(STAGES)):
            x = self.get_submodule(f"layer{stage + 1}")(x)
        return cast("Tensor", x.mean(dim=(2, 3)))

    def describe(self, seen: Tensor) -> Tensor:
        """Return (N, 2048)."""
        return cast("Tensor", self.dropout(seen))
