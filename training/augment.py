"""What a cabin camera does to a face, done to whole batches of chips: geometry first, then light, then loss.

Every amount is drawn per chip from the generator, so a seed repeats a run.
"""

import math

import torch
from torch import Tensor, nn

ROTATE_DEG = 12.0
MARGIN = 0.20
SHIFT = 0.06
SHEAR = 0.05
TAPS = torch.tensor([[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]) / 16.0


class Augment:
    """Turn wide uint8 chips (N, W, W) into network chips, float32 (N, 1, S, S) of 0 to 255."""

    def __init__(self, size_px: int, seed: int, chip_px: int | None = None) -> None:
        """Make one that cuts chips of `chip_px` out of wider ones and scales them to `size_px`."""
        self.size_px = size_px
        self.chip_px = size_px if chip_px is None else chip_px
        self.generator = torch.Generator().manual_seed(seed)

    def __call__(self, wide: Tensor) -> Tensor:
        """Return the augmented chips."""
        chips = self._move(wide[:, None].float())
        chips = self._light(chips)
        chips = self._coarsen(chips)
        chips = self._blur(chips)
        chips = self._grain(chips)
        return self._cover(chips).clamp_(0.0, 255.0)

    def _draw(self, count: int, low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, 1, 1, 1, generator=self.generator)

    def _some(self, count: int, share: float) -> Tensor:
        return torch.rand(count, generator=self.generator) < share

    def _move(self, wide: Tensor) -> Tensor:
        """Flip, turn, shear, and move as a landmark error or another margin would."""
        count, width = len(wide), wide.shape[-1]
        angle = self._draw(count, -ROTATE_DEG, ROTATE_DEG) * math.pi / 180.0
        scale = torch.exp(self._draw(count, -1.0, 1.0) * math.log1p(MARGIN)) * self.chip_px / width
        flip = torch.where(self._some(count, 0.5), -1.0, 1.0).view(-1, 1, 1, 1)
        cos, sin = scale * torch.cos(angle), scale * torch.sin(angle)
        shear = self._draw(count, -SHEAR, SHEAR)
        shift_x, shift_y = (self._draw(count, -SHIFT, SHIFT) * 2.0 * self.chip_px / width for _ in "xy")
        rows = torch.cat([flip * cos, -sin + shear * cos, shift_x, flip * sin, cos, shift_y], dim=3)
        shape = [count, 1, self.size_px, self.size_px]
        grid = nn.functional.affine_grid(rows.view(count, 2, 3), shape, align_corners=False)
        return nn.functional.grid_sample(wide, grid, padding_mode="reflection", align_corners=False)

    def _light(self, chips: Tensor) -> Tensor:
        """Exposure curve, flat contrast (infrared), light from one side, and darkness."""
        count = len(chips)
        gamma = torch.exp(self._draw(count, -0.6, 0.6))
        chips = 255.0 * (chips / 255.0).clamp(0.0, 1.0) ** gamma
        side = self._draw(count, 0.0, 2.0 * math.pi)
        ramp = torch.linspace(-1.0, 1.0, self.size_px)
        plane = torch.cos(side) * ramp.view(1, 1, 1, -1) + torch.sin(side) * ramp.view(1, 1, -1, 1)
        chips = chips * (1.0 + self._draw(count, 0.0, 0.5) * plane)
        gain = torch.where(self._some(count, 0.15).view(-1, 1, 1, 1), self._draw(count, 0.2, 0.6), 1.0)
        middle = chips.mean(dim=(2, 3), keepdim=True)
        contrast = self._draw(count, 0.5, 1.2)
        offset = self._draw(count, -30.0, 30.0)
        return ((chips - middle) * contrast + middle + offset).clamp(0.0, 255.0) * gain

    def _coarsen(self, chips: Tensor) -> Tensor:
        """A small or far face: fewer pixels, enlarged again."""
        chosen = self._some(len(chips), 0.2)
        if not chosen.any():
            return chips
        small = int(torch.randint(self.size_px * 3 // 8, self.size_px * 7 // 8, (), generator=self.generator))
        part = nn.functional.interpolate(chips[chosen], size=small, mode="area")
        chips[chosen] = nn.functional.interpolate(
            part, size=self.size_px, mode="bilinear", align_corners=False
        )
        return chips

    def _blur(self, chips: Tensor) -> Tensor:
        """Out of focus, or moved during the exposure along one of two directions."""
        chosen = self._some(len(chips), 0.2)
        if not chosen.any():
            return chips
        kind = int(torch.randint(0, 3, (), generator=self.generator))
        motion = torch.full((5,), 0.2)
        kernel = (TAPS, motion.view(1, 5), motion.view(5, 1))[kind]
        height, width = kernel.shape
        padded = nn.functional.pad(
            chips[chosen], (width // 2, width // 2, height // 2, height // 2), mode="reflect"
        )
        chips[chosen] = nn.functional.conv2d(padded, kernel.view(1, 1, height, width))
        return chips

    def _grain(self, chips: Tensor) -> Tensor:
        """Sensor noise."""
        noise = torch.randn(chips.shape, generator=self.generator)
        strength = self._draw(len(chips), 0.0, 6.0) * self._some(len(chips), 0.5).view(-1, 1, 1, 1)
        return chips + strength * noise

    def _cover(self, chips: Tensor) -> Tensor:
        """A hand, a mask, sunglasses: one gray rectangle over a part."""
        count, size = len(chips), self.size_px
        height, width = self._draw(count, 0.1, 0.45) * size, self._draw(count, 0.1, 0.45) * size
        x, y = self._draw(count, 0.0, size), self._draw(count, 0.0, size)
        axis = torch.arange(size, dtype=torch.float32)
        inside = ((axis.view(1, 1, 1, -1) - x).abs() < width / 2) & (
            (axis.view(1, 1, -1, 1) - y).abs() < height / 2
        )
        inside &= self._some(count, 0.3).view(-1, 1, 1, 1)
        return torch.where(inside, self._draw(count, 0.0, 200.0), chips)
