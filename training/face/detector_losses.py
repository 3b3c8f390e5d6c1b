"""What the detector is told off for."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from training.face.detector_network import STRIDE, Found

SPREAD = 0.13
"""Standard deviation of the bump round a face's middle, in sides of its box."""

MIN_SPREAD_CELLS = 0.55
NEAR_MIDDLE = 0.35
"""Cells whose bump is at least so high learn the box too."""


def targets(boxes: NDArray[np.float32], height: int, width: int) -> tuple[Tensor, Tensor]:
    """Return bumps (N, h, w) of 0 to 1 and distances (N, 4, h, w), as in `Found`, for boxes (N, 4).

    Args:
        boxes: x, y, width, height in pixels; NaN where there is no face.
        height: of the picture.
        width: of the picture.

    """
    x = (torch.arange(width // STRIDE) + 0.5)[None, None, :] * STRIDE
    y = (torch.arange(height // STRIDE) + 0.5)[None, :, None] * STRIDE
    box = torch.from_numpy(boxes)[:, :, None, None]
    left, top, right, bottom = box[:, 0], box[:, 1], box[:, 0] + box[:, 2], box[:, 1] + box[:, 3]
    distances = torch.stack(torch.broadcast_tensors(x - left, y - top, right - x, bottom - y), 1)
    spread = torch.clamp(SPREAD * box[:, 2:].amax(1), min=MIN_SPREAD_CELLS * STRIDE)
    off = torch.square(x - (left + right) / 2) + torch.square(y - (top + bottom) / 2)
    bumps = torch.exp(-off / (2 * torch.square(spread)))
    return torch.nan_to_num(bumps), torch.nan_to_num(distances)


def losses(found: Found, bumps: Tensor, distances: Tensor) -> dict[str, Tensor]:
    """Return each part of the loss, weighted; their sum is trained on.

    Cells: quality focal loss (Li et al. 2020), which learns the bump's height and weighs cells by how far
    off they are. Boxes: 1 - IoU, and the distances in sides of the box.
    """
    probability = torch.sigmoid(found.faces)
    entropy = functional.binary_cross_entropy_with_logits(found.faces, bumps, reduction="none")
    focal = (torch.square(bumps - probability) * entropy).sum((1, 2)).mean()
    weights = torch.where(bumps >= NEAR_MIDDLE, bumps, torch.zeros(()))
    size = (distances[:, :2] + distances[:, 2:]).clamp_min(1.0)
    relative = ((found.boxes - distances).abs() / torch.cat([size, size], 1)).mean(1)
    total = weights.sum().clamp_min(1.0)
    return {
        "cells": 4 * focal,
        "overlap": ((1 - _overlap(found.boxes, distances)) * weights).sum() / total,
        "distances": 3 * (relative * weights).sum() / total,
    }


def _overlap(one: Tensor, other: Tensor) -> Tensor:
    """IoU (N, h, w) of boxes round the same cell, given by their distances (N, 4, h, w)."""
    common = torch.minimum(one, other).clamp_min(0)
    both = (common[:, 0] + common[:, 2]) * (common[:, 1] + common[:, 3])
    areas = [(d[:, 0] + d[:, 2]) * (d[:, 1] + d[:, 3]) for d in (one, other)]
    return both / (areas[0] + areas[1] - both).clamp_min(1e-3)
