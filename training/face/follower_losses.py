"""What the follower is told off for."""

import torch
from torch import Tensor
from torch.nn import functional

from training.face.follower_network import Measured

COUNTED_PX = 112
"""Errors are counted in pixels of a crop of this side."""

WING_PX, WING_CURVE_PX = 8.0, 1.5
"""Wing loss (Feng et al. 2018): small errors weigh more than their size."""

_IMPORTANCE = torch.ones(68)
_IMPORTANCE[:17], _IMPORTANCE[17:27], _IMPORTANCE[27:36] = 0.5, 0.6, 0.8
_IMPORTANCE[36:48], _IMPORTANCE[48:60], _IMPORTANCE[60:] = 2.2, 1.1, 1.5

# pairs of points whose distance says how far lids and lips are apart, and how wide eyes and mouth are
_ONE = torch.tensor([37, 38, 43, 44, 61, 62, 63, 36, 42, 60])
_OTHER = torch.tensor([41, 40, 47, 46, 67, 66, 65, 39, 45, 64])
_GAP_IMPORTANCE = torch.tensor([2.5] * 4 + [1.5] * 3 + [0.6] * 3)


def losses(said: Measured, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return each part of the loss, weighted; their sum is trained on."""
    weights = batch["point_weights"]
    away = (said.points - batch["points"]).abs() * COUNTED_PX
    offset = WING_PX - WING_PX * torch.log1p(torch.tensor(WING_PX / WING_CURVE_PX))
    wing = torch.where(away < WING_PX, WING_PX * torch.log1p(away / WING_CURVE_PX), away - offset).sum(2)
    gaps = (said.points[:, _ONE] - said.points[:, _OTHER]) - (
        batch["points"][:, _ONE] - batch["points"][:, _OTHER]
    )
    gap_weights = torch.minimum(weights[:, _ONE], weights[:, _OTHER]) * _GAP_IMPORTANCE
    return {
        "points": _mean(wing, weights * _IMPORTANCE),
        "gaps": _mean(gaps.abs().sum(2) * COUNTED_PX, gap_weights),
        "aperture": 60 * _mean((said.aperture - batch["aperture"]).abs(), batch["aperture_weights"]),
        "visible": 2.5 * _mean(_entropy(said.visible, batch["visible"]), batch["visible_weights"]),
        "mouth": 5 * _mean((said.mouth - batch["mouth"]).abs(), batch["mouth_weight"]),
        "pose": _mean((said.pose - batch["pose"]).abs().sum(1) / 15, batch["pose_weight"]),
        "present": 1.5 * _entropy(said.present, batch["present"]).mean(),
    }


def _entropy(logits: Tensor, truth: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    return (values * weights).sum() / weights.sum().clamp_min(1e-6)
