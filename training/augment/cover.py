"""What may be before a part of the face: a hand, a mask, sunglasses, anything straight; and clear glasses."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from training.augment.draws import Draws, axes
from training.augment.face import FacePlace

COVERED, SPECTACLED = 0.3, 0.1
"""Shares of the chips that are touched."""
SOFT = 0.012
"""Width of the edge of a cover, in shares of the side."""

Shape = Callable[[Tensor, Tensor, Draws, FacePlace, int], Tensor]
"""x, y, draws, face, count -> distance (count, 1, H, W) to the edge, in sides, positive inside."""


def covered(chips: Tensor, draws: Draws, face: FacePlace) -> Tensor:
    """Put one cover of a random kind over some of the faces."""
    rows = draws.some(len(chips), COVERED)
    kinds = draws.kinds(len(rows), len(KINDS))
    x, y = axes(chips.shape[-1], chips.device)
    for index, (shape, levels) in enumerate(KINDS):
        of_kind = rows[kinds == index]
        count = len(of_kind)
        if count == 0:
            continue
        inside = torch.sigmoid(shape(x, y, draws, face, count) / SOFT)
        skin = chips[of_kind].mean(dim=(2, 3), keepdim=True)
        level = draws.between(count, *levels)
        level = skin * level if shape is hand else level
        # light falls on the cover from somewhere, too
        shade = (
            1.0 + draws.between(count, -0.3, 0.3) * (x - 0.5) + draws.between(count, -0.3, 0.3) * (y - 0.5)
        )
        chips[of_kind] = chips[of_kind] * (1.0 - inside) + level * shade * inside
    return chips


def spectacled(chips: Tensor, draws: Draws, face: FacePlace) -> Tensor:
    """Put clear glasses on some of the faces: rims, a bridge, bars, and light mirrored in the lenses.

    Thick frames look like lowered brows to a network that saw few of them.
    """
    rows = draws.some(len(chips), SPECTACLED)
    count = len(rows)
    if count == 0:
        return chips
    x, y = axes(chips.shape[-1], chips.device)
    thick = draws.between(count, 0.015, 0.06) * face.apart
    high = draws.between(count, 0.18, 0.36) * face.apart
    middle = face.eyes_y + draws.between(count, -0.05, 0.12) * face.apart
    power = draws.between(count, 2.0, 4.0)
    # the lens that is farther away on a turned head is narrower; chips are flipped afterwards
    wide = draws.between(count, 0.30, 0.45) * face.apart
    widths = (wide, wide * draws.between(count, 0.7, 1.0))
    edge = (1.0 - _nearest_lens(x, y - middle, face, widths, high, power) ** (1.0 / power)) * high
    # one bar for all: it runs behind the lenses, and bridges them
    level = torch.minimum(thick - (y - middle + 0.4 * high).abs(), face.apart - (x - 0.5).abs())
    bar = torch.minimum(level, -edge)
    frame = torch.sigmoid(torch.maximum(thick - edge.abs(), bar) / SOFT)
    slant = x - draws.between(count, 0.0, 1.0) + draws.between(count, -1.0, 1.0) * (y - middle)
    band = torch.exp(-((slant / draws.between(count, 0.02, 0.15)) ** 2))
    light = draws.between(count, -100.0, 130.0).clamp_min(0.0) * band * torch.sigmoid(edge / SOFT)
    chips[rows] = (chips[rows] + light) * (1.0 - frame) + draws.between(count, 0.0, 90.0) * frame
    return chips


def sunglasses(x: Tensor, y: Tensor, draws: Draws, face: FacePlace, count: int) -> Tensor:
    """Two dark lenses with a bridge."""
    wide, high = draws.between(count, 0.34, 0.5) * face.apart, draws.between(count, 0.24, 0.42) * face.apart
    middle = face.eyes_y + draws.between(count, -0.05, 0.12) * face.apart
    power = draws.between(count, 2.0, 4.0)
    nearest = _nearest_lens(x, y - middle, face, (wide, wide), high, power)
    bridge = torch.minimum(0.5 * face.apart - (x - 0.5).abs(), 0.04 * face.apart - (y - middle).abs())
    return torch.maximum((1.0 - nearest) * high / 2.0, bridge)


def _nearest_lens(
    x: Tensor, below: Tensor, face: FacePlace, widths: tuple[Tensor, Tensor], high: Tensor, power: Tensor
) -> Tensor:
    """Return how far out of the nearer lens, to `power`: 0 in its middle, 1 on its edge, a superellipse."""
    return torch.minimum(
        *(
            ((x - eye_x).abs() / wide) ** power + (below.abs() / high) ** power
            for eye_x, wide in zip(face.eyes_x, widths, strict=True)
        )
    )


def mask(x: Tensor, y: Tensor, draws: Draws, face: FacePlace, count: int) -> Tensor:
    """Everything below a curve from the bridge of the nose to the cheeks, within the outline of the face."""
    top = face.eyes_y + draws.between(count, 0.25, 0.7) * face.apart
    curve = top + draws.between(count, 0.5, 1.6) * (x - 0.5) ** 2
    sides = draws.between(count, 0.8, 1.1) * face.apart - (x - 0.5).abs()
    chin = face.eyes_y + draws.between(count, 1.55, 1.9) * face.apart - y - 0.6 * (x - 0.5) ** 2
    return torch.minimum(torch.minimum(y - curve, sides), chin)


def hand(x: Tensor, y: Tensor, draws: Draws, face: FacePlace, count: int) -> Tensor:
    """A palm and four fingers, from any side, over a part of the face."""
    angle = draws.between(count, 0.0, 2.0 * math.pi)
    size = draws.between(count, 0.9, 1.5) * face.apart
    across, down = x - draws.between(count, 0.15, 0.85), y - draws.between(count, 0.35, 1.0)
    along = (torch.cos(angle) * across + torch.sin(angle) * down) / size
    aside = (-torch.sin(angle) * across + torch.cos(angle) * down) / size
    shape = 0.5 - torch.hypot(along + 0.45, aside)
    for finger in range(4):
        place = -0.36 + 0.24 * finger
        length = 0.75 - 0.12 * abs(finger - 1.4)
        beyond = along - along.clamp(-0.3, length)
        shape = torch.maximum(shape, 0.105 - torch.hypot(beyond, aside - place))
    return shape * size


def block(x: Tensor, y: Tensor, draws: Draws, face: FacePlace, count: int) -> Tensor:
    """A rectangle at any angle: a phone, a belt, the wheel's rim."""
    angle = draws.between(count, 0.0, math.pi)
    across, down = x - draws.between(count, 0.0, 1.0), y - draws.between(count, 0.0, 1.0)
    along = torch.cos(angle) * across + torch.sin(angle) * down
    aside = -torch.sin(angle) * across + torch.cos(angle) * down
    half, other = (draws.between(count, 0.2, 0.8) * face.apart for _ in "xy")
    return torch.minimum(half - along.abs(), other - aside.abs())


KINDS: tuple[tuple[Shape, tuple[float, float]], ...] = (
    (hand, (0.7, 1.3)),
    (mask, (20.0, 240.0)),
    (sunglasses, (0.0, 60.0)),
    (block, (0.0, 220.0)),
)
"""Each with its level of gray; a hand's is a factor on that of the face."""
