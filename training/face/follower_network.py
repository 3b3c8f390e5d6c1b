"""The follower: a small residual network of dense convolutions from a gray crop to everything about a face.

Dense convolutions, because on a CPU they train several times faster than depthwise ones. Most of it sees
the crop at half its size. Where the points say that the eyes are, a second, tiny network looks again and
sees every pixel: a lid's gap is a few of them.
"""

from typing import NamedTuple, Self

import torch
from torch import Tensor, nn

POINTS = 68
EYE = "eye"
"""Name of the network that sees the eyes alone."""

COARSER = 2
"""The face is measured in a picture so much smaller than the crop; the eyes are seen in full."""

MIN_STD = 6.0
"""Gray levels; a crop of less contrast is noise and is not stretched further."""

ANGLE_SCALE_DEG = 60.0
APERTURE_SCALE = 0.3

PATCH_ROWS, PATCH_COLUMNS = 36, 48
PATCH_REACH = 1.7
"""Half the width of an eye's patch, in half widths of the wider eye."""

MIN_PATCH_STD = 0.1
"""Of a patch, in standard deviations of its crop; one of less contrast is not stretched further."""

INNER, MIDDLE_BLOCKS = 48, (2, 3)
"""Hidden channels of the middle blocks, and which layers these are."""

HIDDEN, POOLED = 72, 80
DESCRIBED = HIDDEN + POOLED
"""Numbers that the crop network knows of a face: of what is where, and of what is there at all."""

PLACED, EYE_HIDDEN = 12, 64

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
    """Patches of single eyes, outer corner to the left, and what the rest knows, to two numbers an eye.

    Each eye is seen alone, and then beside the other one, which mostly does the same.
    """

    def __init__(self) -> None:
        """Make the layers; what it says is added to what the crop says, and is nothing at first."""
        super().__init__()
        self.layers = nn.Sequential(
            convolution(2, 16, 5, 2),
            nn.ReLU(),
            convolution(16, 32, 3, 2),
            nn.ReLU(),
            Block(32, 32),
            Block(32, 32),
            convolution(32, PLACED, 1),
            nn.ReLU(),
            nn.Flatten(),
        )
        self.joined = nn.Linear(PLACED * PATCH_ROWS * PATCH_COLUMNS // 16, EYE_HIDDEN)
        self.context = nn.Linear(DESCRIBED, 2 * EYE_HIDDEN)
        self.last = nn.Linear(EYE_HIDDEN, 2)
        self.compared = nn.Linear(2 * EYE_HIDDEN, EYE_HIDDEN)
        self.corrected = nn.Linear(EYE_HIDDEN, 2)
        for layer in (self.last, self.corrected):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, patches: Tensor, described: Tensor) -> Tensor:
        """Return aperture and visibility (N, 2, 2) of right and left eye, in the crop network's scales.

        Args:
            patches: (N, 2, 36, 48), right and left eye of each crop.
            described: (N, 152), what the crop network knows of each face.

        """
        patches = patches.view(-1, 1, PATCH_ROWS, PATCH_COLUMNS)
        centred = patches - patches.mean(dim=(2, 3), keepdim=True)
        spread = centred.square().mean(dim=(2, 3), keepdim=True).sqrt()
        both = torch.cat([centred / (spread + MIN_PATCH_STD), patches], 1)  # as it is, for glare and shade
        seen = self.joined(self.layers(both)) + self.context(described).view(-1, EYE_HIDDEN)
        own = torch.relu(seen)
        other = own.view(-1, 2, EYE_HIDDEN).flip(1).flatten(0, 1)
        pair = torch.relu(self.compared(torch.cat([own, other], 1)))
        said: Tensor = self.last(own) + self.corrected(pair)
        return said.view(-1, 2, 2)


class FollowerNet(nn.Module):
    """Crops, float32 (N, 1, 224, 224) of 0 to 255, to `Measured`."""

    def __init__(self, inner: int = INNER) -> None:
        """Make the layers; 0.6 M parameters.

        Args:
            inner: hidden channels of each of the two middle blocks.

        """
        super().__init__()
        self.stem = nn.Sequential(
            convolution(1, 16, 3, 2), nn.ReLU(), convolution(16, 32, 3, 2), nn.ReLU(), Block(32, 32)
        )
        blocks = [Block(56, inner) for _ in MIDDLE_BLOCKS]
        self.middle = nn.Sequential(convolution(32, 56, 3, 2), nn.ReLU(), *blocks)
        self.deep = nn.Sequential(convolution(56, POOLED, 3, 2), nn.ReLU(), Block(POOLED, 64))
        self.fine = nn.Sequential(convolution(56, 6, 1), nn.ReLU())
        self.coarse = nn.Sequential(convolution(POOLED, 20, 1), nn.ReLU())
        self.joined = nn.Sequential(nn.Linear(6 * 14 * 14 + 20 * 7 * 7, HIDDEN), nn.ReLU())
        self.points = nn.Linear(DESCRIBED, 2 * POINTS)
        self.state = nn.Linear(DESCRIBED, 9)
        self.eye = EyeNet()
        self._eyes_alone = False

    def learn_eyes_alone(self) -> None:
        """Let only the eyes' own network learn; everything else stays as it is."""
        self.requires_grad_(False)
        self.eye.requires_grad_(True)
        self._eyes_alone = True

    def train(self, mode: bool = True) -> Self:
        """Turn to learning, or to judging; layers that stay as they are keep their statistics."""
        super().train(mode)
        if self._eyes_alone:
            for name, part in self.named_children():
                part.train(mode and name == EYE)
        return self

    def forward(self, crops: Tensor) -> Measured:
        """Measure; each crop loses its own mean and contrast first."""
        small = nn.functional.avg_pool2d(crops, COARSER)
        mean = small.mean(dim=(2, 3), keepdim=True)
        centred = small - mean
        spread = centred.square().mean(dim=(2, 3), keepdim=True).sqrt() + MIN_STD
        fine, coarse = self.convolved(centred / spread)
        places = torch.cat([self.fine(fine).flatten(1), self.coarse(coarse).flatten(1)], 1)
        described = torch.cat([self.joined(places), coarse.mean(dim=(2, 3))], 1)
        state = self.state(described)
        points = self.points(described).view(-1, POINTS, 2)
        patches = (eye_patches(crops, points.detach()) - mean) / spread
        with torch.autocast("cpu", torch.bfloat16, enabled=self.training):
            eyes = self.eye(patches, described).float()
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
        (N, 2, 36, 48): right and left eye of each crop, level, equally large, the left one mirrored, so
        that the outer corner is always to the left.

    """
    widths = _WIDTHS @ points
    half = widths.norm(dim=2).amax(1).clamp_min(2 * MIN_HALF_EYE) * PATCH_REACH / 2
    both = widths.sum(1)
    along = both * (half / both.norm(dim=1).clamp_min(MIN_HALF_EYE))[:, None]
    axes = (along[:, None, None] @ _TURNS).transpose(1, 2).expand(-1, 2, -1, -1)
    # from sides of the crop, 0 in the middle, to the -1 to 1 of grid_sample, -1 at the border
    middles = 2 * _MIDDLES @ points + 1 / crops.shape[2]
    grid = _PLACES @ torch.cat([axes, middles[:, :, None]], 2)
    grid = grid.view(-1, 2 * PATCH_ROWS, PATCH_COLUMNS, 2)
    patches = nn.functional.grid_sample(crops, grid, padding_mode="border", align_corners=False)
    return patches.view(-1, 2, PATCH_ROWS, PATCH_COLUMNS)


def _widths() -> Tensor:
    """From points to the widths of the right and of the left eye, as vectors: (2, 68)."""
    widths = torch.zeros(2, POINTS)
    for row, first in enumerate((36, 42)):
        widths[row, first + 3], widths[row, first] = 1.0, -1.0
    return widths


def _middles() -> Tensor:
    """From points to the middles of the right and of the left eye: (2, 68)."""
    middles = torch.zeros(2, POINTS)
    middles[0, 36:42] = middles[1, 42:48] = 1 / 6
    return middles


def _places() -> Tensor:
    """Where the pixels of both patches lie, along and down, in widths of a patch, and 1: (2, 36 * 48, 3)."""
    x = (torch.arange(PATCH_COLUMNS) + 0.5) / PATCH_COLUMNS * 2 - 1
    y = ((torch.arange(PATCH_ROWS) + 0.5) / PATCH_ROWS * 2 - 1) * (PATCH_ROWS / PATCH_COLUMNS)
    down, along = torch.meshgrid(2 * y, 2 * x, indexing="ij")
    one = torch.ones_like(down)
    return torch.stack([torch.stack([side * along, down, one], 2).view(-1, 3) for side in (1, -1)])


_WIDTHS, _MIDDLES, _PLACES = _widths(), _middles(), _places()
_TURNS = torch.tensor([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [-1.0, 0.0]]])
"""From a direction to itself, and to the one that is down where it is along."""
