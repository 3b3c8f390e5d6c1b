"""The follower: a small residual network of dense convolutions from a gray crop to everything about a face.

Dense convolutions, because on a CPU they train several times faster than depthwise ones.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

POINTS = 68
MIN_STD = 6.0
"""Gray levels; a crop of less contrast is noise and is not stretched further."""

ANGLE_SCALE_DEG = 60.0
APERTURE_SCALE = 0.3


class Measured(NamedTuple):
    """What the network says of N crops.

    Attributes:
        points: (N, 68, 2) in sides of the crop, 0 in its middle.
        aperture: (N, 2) right, left.
        visible: (N, 2) logits, right, left.
        mouth: (N,).
        pose: (N, 3) yaw, pitch, roll in degrees.
        present: (N,) logits.

    """

    points: Tensor
    aperture: Tensor
    visible: Tensor
    mouth: Tensor
    pose: Tensor
    present: Tensor


def convolution(inputs: int, outputs: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    """Return a convolution and its batch norm."""
    layer = nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(outputs))


class Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, channels: int, inner: int) -> None:
        """Make a block that changes neither size nor channels."""
        super().__init__()
        self.first, self.second = convolution(channels, inner), convolution(inner, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, S, S) to the same."""
        return torch.relu(x + self.second(torch.relu(self.first(x))))


class FollowerNet(nn.Module):
    """Crops, float32 (N, 1, 112, 112) of 0 to 255, to `Measured`."""

    def __init__(self) -> None:
        """Make the layers; 0.46 M parameters."""
        super().__init__()
        self.stem = nn.Sequential(
            convolution(1, 16, 3, 2), nn.ReLU(), convolution(16, 32, 3, 2), nn.ReLU(), Block(32, 32)
        )
        self.middle = nn.Sequential(convolution(32, 56, 3, 2), nn.ReLU(), Block(56, 56), Block(56, 56))
        self.deep = nn.Sequential(convolution(56, 80, 3, 2), nn.ReLU(), Block(80, 64))
        self.fine = nn.Sequential(convolution(56, 6, 1), nn.ReLU())
        self.coarse = nn.Sequential(convolution(80, 20, 1), nn.ReLU())
        self.joined = nn.Sequential(nn.Linear(6 * 14 * 14 + 20 * 7 * 7, 72), nn.ReLU())
        self.points = nn.Linear(72 + 80, 2 * POINTS)
        self.state = nn.Linear(72 + 80, 9)

    def forward(self, crops: Tensor) -> Measured:
        """Measure; each crop loses its own mean and contrast first."""
        centred = crops - crops.mean(dim=(2, 3), keepdim=True)
        spread = centred.square().mean(dim=(2, 3), keepdim=True).sqrt()
        fine, coarse = self.convolved(centred / (spread + MIN_STD))
        places = torch.cat([self.fine(fine).flatten(1), self.coarse(coarse).flatten(1)], 1)
        described = torch.cat([self.joined(places), coarse.mean(dim=(2, 3))], 1)
        state = self.state(described)
        return Measured(
            points=self.points(described).view(-1, POINTS, 2),
            aperture=state[:, 0:2] * APERTURE_SCALE,
            visible=state[:, 2:4],
            mouth=state[:, 4],
            pose=state[:, 5:8] * ANGLE_SCALE_DEG,
            present=state[:, 8],
        )

    def convolved(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return feature maps (N, 56, 14, 14) and (N, 80, 7, 7); in bfloat16 while training."""
        if not self.training:
            fine = self.middle(self.stem(x))
            return fine, self.deep(fine)
        with torch.autocast("cpu", torch.bfloat16):
            fine = self.middle(self.stem(x.contiguous(memory_format=torch.channels_last)))
            return fine.float(), self.deep(fine).float()
