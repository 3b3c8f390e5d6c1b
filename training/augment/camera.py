"""What the way to the chip does: movement of the face in it, few pixels, blur, noise, compression."""

import math

import torch
from torch import Tensor, nn

from training.augment.draws import Draws

ROTATE_DEG, MARGIN, SHIFT, SHEAR = 12.0, 0.20, 0.06, 0.05
"""Largest errors of the alignment; shift in shares of the chip, as landmarks that are a little off give."""
COARSE, BLURRED, NOISY, COMPRESSED = 0.2, 0.2, 0.5, 0.15
"""Shares of the chips that are touched."""
KERNEL = 7
BLOCK = 8
LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
"""Quantisation of JPEG at quality 50 (ITU-T T.81, table K.1)."""


def moved(wide: Tensor, draws: Draws, size_px: int, chip_px: int) -> Tensor:
    """Flip, turn, shear, and move as a landmark error or another margin would, and cut the chip out."""
    count, width = len(wide), wide.shape[-1]
    angle = draws.between(count, -ROTATE_DEG, ROTATE_DEG) * math.pi / 180.0
    scale = torch.exp(draws.between(count, -1.0, 1.0) * math.log1p(MARGIN)) * chip_px / width
    flip = torch.ones(count, 1, 1, 1, device=wide.device)
    flip[draws.some(count, 0.5)] = -1.0
    cos, sin = scale * torch.cos(angle), scale * torch.sin(angle)
    shear = draws.between(count, -SHEAR, SHEAR)
    shift_x, shift_y = (draws.between(count, -SHIFT, SHIFT) * 2.0 * chip_px / width for _ in "xy")
    rows = torch.cat([flip * cos, -sin + shear * cos, shift_x, flip * sin, cos, shift_y], dim=3)
    shape = [count, wide.shape[1], size_px, size_px]
    grid = nn.functional.affine_grid(rows.view(count, 2, 3), shape, align_corners=False)
    return nn.functional.grid_sample(wide, grid, padding_mode="reflection", align_corners=False)


def coarse(chips: Tensor, draws: Draws) -> Tensor:
    """A small or far face: fewer pixels, enlarged again."""
    rows, size = draws.some(len(chips), COARSE), chips.shape[-1]
    if len(rows) == 0:
        return chips
    small = int(draws.between(1, size * 3 / 8, size * 7 / 8))
    part = nn.functional.interpolate(chips[rows], size=small, mode="area")
    chips[rows] = nn.functional.interpolate(part, size=size, mode="bilinear", align_corners=False)
    return chips


def blurred(chips: Tensor, draws: Draws) -> Tensor:
    """Out of focus, or moved during the exposure in any direction."""
    rows = draws.some(len(chips), BLURRED)
    count = len(rows)
    if count == 0:
        return chips
    line = torch.arange(KERNEL, dtype=torch.float32, device=chips.device) - KERNEL // 2
    x, y = line.view(1, 1, 1, -1), line.view(1, 1, -1, 1)
    angle = draws.between(count, 0.0, math.pi)
    along = torch.cos(angle) * x + torch.sin(angle) * y
    across = -torch.sin(angle) * x + torch.cos(angle) * y
    # a face that moves is smeared along one direction only; one out of focus along both
    thin, long = torch.full_like(angle, 0.5), draws.between(count, 0.5, 2.5)
    moving = draws.between(count, 0.0, 1.0) < 0.5
    wide = torch.where(moving, thin, 0.5 * long)
    kernel = torch.exp(-0.5 * ((along / torch.where(moving, long, 0.5 * long)) ** 2 + (across / wide) ** 2))
    kernel = kernel / kernel.sum(dim=(2, 3), keepdim=True)
    chosen, channels = chips[rows], chips.shape[1]
    kernel = kernel.repeat_interleave(channels, dim=0)
    flat = chosen.reshape(1, count * channels, *chosen.shape[2:])
    padded = nn.functional.pad(flat, [KERNEL // 2] * 4, mode="reflect")
    chips[rows] = nn.functional.conv2d(padded, kernel, groups=count * channels).view_as(chosen)
    return chips


def grainy(chips: Tensor, draws: Draws) -> Tensor:
    """Sensor noise."""
    rows = draws.some(len(chips), NOISY)
    noise = draws.noise(chips[rows].shape)
    chips[rows] += noise * draws.between(len(rows), 0.0, 6.0)
    return chips


def compressed(chips: Tensor, draws: Draws) -> Tensor:
    """Quantise blocks of 8x8 pixels as JPEG and video do, at qualities of about 10 to 60."""
    rows = draws.some(len(chips), COMPRESSED)
    count, channels, size = len(rows), chips.shape[1], chips.shape[-1]
    if count == 0:
        return chips
    cosines = _cosines(chips.device)
    rest = -size % BLOCK
    padded = nn.functional.pad(chips[rows].clamp(0.0, 255.0) - 128.0, [0, rest, 0, rest], mode="replicate")
    side = (size + rest) // BLOCK
    blocks = padded.view(count, channels, side, BLOCK, side, BLOCK).transpose(3, 4)
    steps = torch.tensor(LUMINANCE, device=chips.device) * draws.between(count, 0.8, 5.0).view(
        -1, 1, 1, 1, 1, 1
    )
    quantised = torch.round(cosines @ blocks @ cosines.T / steps) * steps
    back = (cosines.T @ quantised @ cosines).transpose(3, 4).reshape(padded.shape)
    chips[rows] = back[:, :, :size, :size] + 128.0
    return chips


def _cosines(device: torch.device) -> Tensor:
    """Return the orthonormal DCT-II matrix (8, 8)."""
    line = torch.arange(BLOCK, dtype=torch.float32, device=device)
    matrix = torch.cos(math.pi / BLOCK * (line.view(1, -1) + 0.5) * line.view(-1, 1)) * math.sqrt(2.0 / BLOCK)
    matrix[0] /= math.sqrt(2.0)
    return matrix
