"""The follower: a small residual network of dense convolutions from a gray crop to everything about a face.

Dense convolutions, because on a CPU they train several times faster than depthwise ones. Where the
points say that the eyes are, a second, tiny network looks again: a lid's gap is a few pixels of the crop.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

POINTS = 68
MIN_STD = 6.0
"""Gray levels; a crop of less contrast is noise and is not stretched further."""

ANGLE_SCALE_DEG = 60.0
APERTURE_SCALE = 0.3

PATCH_ROWS, PATCH_COLUMNS = 24, 32
PATCH_REACH = 1.7
"""Half the width of an eye's patch, in half widths of the wider eye."""

MIN_PATCH_STD = 0.1
"""Of a patch, in standard deviations of its crop; one of less contrast is not stretched further."""

MIN_HALF_EYE = 0.035
"""Least half width of an eye that patches are made for, in sides of the crop."""


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


class EyeNet(nn.Module):
    """Patches of single eyes (N, 1, 24, 32), outer corner to the left, to two numbers each (N, 2)."""

    def __init__(self) -> None:
        """Make the layers; what it says is added to what the crop says, and is nothing at first."""
        super().__init__()
        self.layers = nn.Sequential(
            convolution(2, 16),
            nn.ReLU(),
            convolution(16, 24, 3, 2),
            nn.ReLU(),
            convolution(24, 32, 3, 2),
            nn.ReLU(),
            Block(32, 32),
            convolution(32, 16, 1),
            nn.ReLU(),
            nn.Flatten(),
        )
        self.joined = nn.Sequential(nn.Linear(16 * PATCH_ROWS * PATCH_COLUMNS // 16, 48), nn.ReLU())
        self.last = nn.Linear(48, 2)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, patches: Tensor) -> Tensor:
        """Return aperture and visibility, in the crop network's scales."""
        centred = patches - patches.mean(dim=(2, 3), keepdim=True)
        spread = centred.square().mean(dim=(2, 3), keepdim=True).sqrt()
        both = torch.cat([centred / (spread + MIN_PATCH_STD), patches], 1)  # as it is, for glare and shade
        said: Tensor = self.last(self.joined(self.layers(both).float()))
        return said


class FollowerNet(nn.Module):
    """Crops, float32 (N, 1, 112, 112) of 0 to 255, to `Measured`."""

    def __init__(self) -> None:
        """Make the layers; 0.53 M parameters."""
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
        self.eye = EyeNet()

    def forward(self, crops: Tensor) -> Measured:
        """Measure; each crop loses its own mean and contrast first."""
        centred = crops - crops.mean(dim=(2, 3), keepdim=True)
        spread = centred.square().mean(dim=(2, 3), keepdim=True).sqrt()
        even = centred / (spread + MIN_STD)
        fine, coarse = self.convolved(even)
        places = torch.cat([self.fine(fine).flatten(1), self.coarse(coarse).flatten(1)], 1)
        described = torch.cat([self.joined(places), coarse.mean(dim=(2, 3))], 1)
        state = self.state(described)
        points = self.points(described).view(-1, POINTS, 2)
        patches = eye_patches(even, points.detach())
        with torch.autocast("cpu", torch.bfloat16, enabled=self.training):
            eyes = self.eye(patches).view(-1, 2, 2)
        return Measured(
            points=points,
            aperture=(state[:, 0:2] + eyes[:, :, 0]) * APERTURE_SCALE,
            visible=state[:, 2:4] + eyes[:, :, 1],
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


def eye_patches(crops: Tensor, points: Tensor) -> Tensor:
    """Cut the eyes out of crops (N, 1, S, S), where their points (N, 68, 2) are.

    Returns:
        (2 N, 1, 24, 32): right and left eye of each crop in turn, level, equally large, the left one
        mirrored, so that the outer corner is always to the left.

    """
    right, left = points[:, 39] - points[:, 36], points[:, 45] - points[:, 42]
    along = torch.nn.functional.normalize(right + left, dim=1)
    down = torch.stack([-along[:, 1], along[:, 0]], 1)
    half = torch.maximum(right.norm(dim=1), left.norm(dim=1)).clamp_min(2 * MIN_HALF_EYE) / 2 * PATCH_REACH
    x = (torch.arange(PATCH_COLUMNS) + 0.5) / PATCH_COLUMNS * 2 - 1
    y = ((torch.arange(PATCH_ROWS) + 0.5) / PATCH_ROWS * 2 - 1) * (PATCH_ROWS / PATCH_COLUMNS)
    across = x[None, None, None, :, None] * torch.tensor([1.0, -1.0])[None, :, None, None, None]
    offsets = across * along[:, None, None, None] + y[None, None, :, None, None] * down[:, None, None, None]
    middles = torch.stack([points[:, 36:42].mean(1), points[:, 42:48].mean(1)], 1)
    places = middles[:, :, None, None] + offsets * half[:, None, None, None, None]
    # from sides of the crop, 0 in the middle, to the -1 to 1 of grid_sample, -1 at the border
    grid = (2 * places + 1 / crops.shape[2]).flatten(0, 1)
    twice = crops[:, None].expand(-1, 2, -1, -1, -1).flatten(0, 1)
    patches: Tensor = torch.nn.functional.grid_sample(twice, grid, padding_mode="border", align_corners=False)
    return patches
