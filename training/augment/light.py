"""What light does: exposure, darkness, the near-infrared lamp, glare."""

import math

import torch
from torch import Tensor, nn

from training.augment.draws import Draws, axes
from training.augment.face import FacePlace

INFRARED, PUPILS, LOW_LIGHT, GLARE = 0.15, 0.5, 0.15, 0.1
"""Shares of the chips (of those in infrared, for pupils) that are touched."""


def exposed(chips: Tensor, draws: Draws) -> Tensor:
    """Change exposure curve, contrast and level, and light the face more from one side."""
    count, size = len(chips), chips.shape[-1]
    gamma = torch.exp(draws.between(count, -0.6, 0.6))
    chips = 255.0 * (chips / 255.0).clamp(0.0, 1.0) ** gamma
    side = draws.between(count, 0.0, 2.0 * math.pi)
    x, y = axes(size, chips.device)
    plane = torch.cos(side) * (2.0 * x - 1.0) + torch.sin(side) * (2.0 * y - 1.0)
    chips = chips * (1.0 + draws.between(count, 0.0, 0.5) * plane)
    middle = chips.mean(dim=(2, 3), keepdim=True)
    contrast = draws.between(count, 0.5, 1.2)
    return ((chips - middle) * contrast + middle + draws.between(count, -30.0, 30.0)).clamp_(0.0, 255.0)


def darkened(chips: Tensor, draws: Draws) -> Tensor:
    """Take most of the light away; what the sensor then adds is noise (photon noise grows relatively)."""
    rows = draws.some(len(chips), LOW_LIGHT)
    dark = chips[rows] * draws.between(len(rows), 0.2, 0.6)
    noise = draws.noise(dark.shape) * (0.4 * dark.clamp(min=1.0).sqrt() + draws.between(len(rows), 0.0, 4.0))
    chips[rows] = dark + noise
    return chips


def infrared(chips: Tensor, draws: Draws, face: FacePlace) -> Tensor:
    """Make faces look as under a lamp of 850 to 940 nm beside the camera.

    Skin of every tone reflects much the same there, so large-scale brightness is taken away, detail is
    kept at less contrast, the lamp falls off from the middle, and pupils may shine.
    """
    rows = draws.some(len(chips), INFRARED)
    count, size = len(rows), chips.shape[-1]
    if count == 0:
        return chips
    gray = chips[rows].mean(dim=1, keepdim=True)
    window = size // 4 * 2 + 1
    smooth = nn.functional.avg_pool2d(
        nn.functional.interpolate(gray, scale_factor=0.25, mode="area"),
        window // 4 | 1,
        1,
        window // 8,
        count_include_pad=False,
    )
    large = nn.functional.interpolate(smooth, size=(size, size), mode="bilinear", align_corners=False)
    detail = (gray - large) * draws.between(count, 0.5, 1.0)
    tone = (large - large.mean(dim=(2, 3), keepdim=True)) * draws.between(count, 0.1, 0.5)
    x, y = axes(size, chips.device)
    lamp = 1.0 - draws.between(count, 0.2, 1.2) * ((x - 0.5) ** 2 + (y - 0.5) ** 2)
    lit = (draws.between(count, 90.0, 190.0) + tone) * lamp + detail
    shining = torch.zeros(count, 1, 1, 1, device=chips.device)
    shining[draws.some(count, PUPILS)] = 1.0
    radius = draws.between(count, 0.035, 0.07) * face.apart
    for eye_x in face.eyes_x:
        distance = (x - eye_x) ** 2 + (y - face.eyes_y) ** 2
        lit = lit + shining * draws.between(count, 40.0, 140.0) * torch.exp(-distance / (2.0 * radius**2))
    chips[rows] = lit.clamp_(0.0, 255.0).expand(-1, chips.shape[1], -1, -1)
    return chips


def glaring(chips: Tensor, draws: Draws) -> Tensor:
    """Let the sun into the lens: a bright spot or a band that saturates, and a haze over all."""
    rows = draws.some(len(chips), GLARE)
    count = len(rows)
    x, y = axes(chips.shape[-1], chips.device)
    angle = draws.between(count, 0.0, math.pi)
    across = x - draws.between(count, 0.0, 1.0)
    down = y - draws.between(count, 0.0, 1.0)
    one = torch.cos(angle) * across + torch.sin(angle) * down
    other = -torch.sin(angle) * across + torch.cos(angle) * down
    # a band is a spot that is long one way
    shape = one**2 / draws.between(count, 0.05, 0.2) ** 2 + other**2 / draws.between(count, 0.1, 1.0) ** 2
    haze = draws.between(count, 0.0, 0.35)
    veiled = chips[rows] * (1.0 - haze) + 255.0 * haze
    chips[rows] = veiled + draws.between(count, 60.0, 255.0) * torch.exp(-0.5 * shape)
    return chips
