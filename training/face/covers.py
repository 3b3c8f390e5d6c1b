"""What comes between camera and eye: glasses, reflections, dark lenses, hands, the picture's edge.

Each returns the picture and an opacity map (S, S) of 0 to 1; how much of an eye it covers decides
whether that eye can still be judged.
"""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.face.faces import LEFT, RIGHT, Floats

Chip = NDArray[np.uint8]

SEEN_BELOW, HIDDEN_FROM = 0.3, 0.55
"""Covered share of an eye: below the one it can be judged, from the other on not, between nobody knows."""

MIN_EYE_DISTANCE_PX = 28.0
AT_MOUTH = 0.35
"""Share of the patches that lie where food, drinks and hands are held, besides those that do by chance."""


def eye_cover(opacity: Floats, points: Floats) -> Floats:
    """Return (2,) the covered share of the right and of the left eye; past the border all is covered."""
    shares = []
    for eye in (points[RIGHT], points[LEFT]):
        (x0, y0), (x1, y1) = eye.min(0), eye.max(0)
        grow = 0.15 * (x1 - x0) - min(0.0, (y1 - y0) - 0.3 * (x1 - x0)) / 2  # a shut eye is no line
        left, right = int(np.floor(x0)), int(np.floor(x1)) + 1
        top, bottom = int(np.floor(y0 - grow)), int(np.floor(y1 + grow)) + 1
        seen = opacity[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        shares.append(1 - float((1 - seen).sum()) / ((right - left) * (bottom - top)))
    return np.array(shares, np.float32)


def put_on_glasses(chip: Chip, points: Floats, random: Generator) -> tuple[Chip, Floats]:
    """Draw a frame, and often a reflection on one or both lenses; sometimes the lenses are dark."""
    size = chip.shape[0]
    opacity = np.zeros((size, size), np.float32)
    right, left = points[RIGHT].mean(0), points[LEFT].mean(0)
    distance = float(np.linalg.norm(left - right))
    if distance < MIN_EYE_DISTANCE_PX:
        return chip, opacity
    chip = chip.copy()
    half = np.array([random.uniform(0.32, 0.46), random.uniform(0.2, 0.36)]) * distance
    boxed = random.random() < 0.5
    lenses = [_lens(size, c + np.array([0, 0.03 * distance]), half, boxed=boxed) for c in (right, left)]
    kind = random.random()
    if kind < 0.2:  # sunglasses; lighter ones only tint
        strength = float(random.uniform(0.35, 1.0))
        for lens in lenses:
            _blend(chip, lens * strength, float(random.uniform(0, 60)))
            opacity = np.maximum(opacity, lens * np.clip((strength - 0.4) * 4, 0, 1))
        chip, reflected = _reflect(chip, lenses, random) if random.random() < 0.4 else (chip, opacity)
        opacity = np.maximum(opacity, reflected)
    elif kind < 0.75:
        chip, opacity = _reflect(chip, lenses, random)
    _draw_frame(chip, points, (right, left), half, lenses, random)
    return chip, opacity


def _lens(size: int, centre: Floats, half: Floats, *, boxed: bool) -> Floats:
    mask = np.zeros((size, size), np.uint8)
    x, y = (int(v) for v in centre)
    dx, dy = (int(v) for v in half)
    if boxed:
        cv2.rectangle(mask, (x - dx, y - dy), (x + dx, y + dy), 255, -1)
    else:
        cv2.ellipse(mask, (x, y), (dx, dy), 0, 0, 360, 255, -1, cv2.LINE_AA)
    return mask.astype(np.float32) / 255


def _draw_frame(
    chip: Chip,
    points: Floats,
    eyes: tuple[Floats, Floats],
    half: Floats,
    lenses: list[Floats],
    random: Generator,
) -> None:
    gray, thick = int(random.choice([10, 30, 60, 200])), int(random.choice([1, 2, 3, 4]))
    for lens in lenses:
        outline, _ = cv2.findContours((lens > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(chip, outline, -1, gray, thick, cv2.LINE_AA)
    (rx, ry), (lx, ly) = eyes
    inner = (int(rx + half[0]), int(ry)), (int(lx - half[0]), int(ly))
    cv2.line(chip, *inner, gray, thick, cv2.LINE_AA)
    for (x, y), side, ear in ((eyes[0], -1, points[0]), (eyes[1], 1, points[16])):
        cv2.line(
            chip, (int(x + side * half[0]), int(y)), (int(ear[0]), int(ear[1])), gray, thick, cv2.LINE_AA
        )


def _reflect(chip: Chip, lenses: list[Floats], random: Generator) -> tuple[Chip, Floats]:
    """Lay something bright over the lenses: a lamp, a window, a stripe of sky."""
    size = chip.shape[0]
    opacity = np.zeros((size, size), np.float32)
    both = random.random() < 0.6
    shape = random.random()
    for lens in lenses if both else [lenses[int(random.integers(2))]]:
        rows, columns = np.nonzero(lens > 0.5)
        if not len(rows):
            continue
        low, high = np.array([columns.min(), rows.min()]), np.array([columns.max(), rows.max()])
        extent = (high - low).astype(np.float32)
        x, y = low + extent * random.uniform(0.1, 0.9, 2)
        patch = np.zeros((size, size), np.uint8)
        angle = float(random.uniform(0, 180))
        if shape < 0.4:
            axes = extent * random.uniform(0.1, 0.6, 2)
            cv2.ellipse(patch, (int(x), int(y)), (int(axes[0]), int(axes[1])), angle, 0, 360, 255, -1)
        elif shape < 0.75:
            sides = extent * random.uniform(0.3, 1.4, 2)
            corners = cv2.boxPoints(((float(x), float(y)), (float(sides[0]), float(sides[1])), angle))
            cv2.fillPoly(patch, [corners.astype(np.int32)], 255)
        else:
            patch[:] = 255  # the whole lens
        soft = cv2.GaussianBlur(patch, (0, 0), float(random.uniform(0.5, 4.0))).astype(np.float32) / 255
        strength = float(random.choice([random.uniform(0.25, 0.7), random.uniform(0.75, 1.0)]))
        part = lens * soft * strength
        _blend(chip, part, float(random.uniform(160, 255)))
        # a veil that lets most through hides nothing
        opacity = np.maximum(opacity, np.clip((part - 0.3) * 2.5, 0, 1))
    return chip, opacity


def cover_part(chip: Chip, random: Generator) -> tuple[Chip, Floats]:
    """Lay a patch over some part of the picture: a hand, a phone, a strand, the wheel."""
    height, width = chip.shape
    size = min(chip.shape)
    mask = np.zeros(chip.shape, np.uint8)
    x, y = int(random.uniform(0, width)), int(random.uniform(0, height))
    if random.random() < AT_MOUTH:
        x, y = int(random.uniform(0.2, 0.8) * width), int(random.uniform(0.55, 0.95) * height)
    dx, dy = (int(v) for v in random.uniform(0.05, 0.28, 2) * size)
    if random.random() < 0.5:
        cv2.ellipse(mask, (x, y), (dx, dy), float(random.uniform(0, 180)), 0, 360, 255, -1)
    else:
        corners = cv2.boxPoints(((x, y), (2 * dx, 2 * dy), float(random.uniform(0, 90))))
        cv2.fillPoly(mask, [corners.astype(np.int32)], 255)
    opacity = cv2.GaussianBlur(mask, (0, 0), 1.0).astype(np.float32) / 255
    if random.random() < 0.5:
        filling: Floats | float = float(random.uniform(0, 255))
    else:  # skin and cloth of the picture itself, from another place
        filling = np.roll(chip, (int(random.integers(size)), int(random.integers(size))), (0, 1)).astype(
            np.float32
        )
    chip = chip.copy()
    _blend(chip, opacity, filling)
    return chip, opacity


def cut_off(chip: Chip, random: Generator) -> tuple[Chip, Floats]:
    """Let the picture end within the chip: its last line goes on, as in the runtime's crops, or is black."""
    size = chip.shape[0]
    turns = int(random.integers(4))
    part = np.rot90(chip, turns).copy()
    edge = int(size * random.uniform(0.08, 0.45))
    part[:edge] = part[edge] if random.random() < 0.8 else 0
    opacity = np.zeros((size, size), np.float32)
    opacity[:edge] = 1
    return np.ascontiguousarray(np.rot90(part, -turns)), np.ascontiguousarray(np.rot90(opacity, -turns))


def _blend(chip: Chip, opacity: Floats, filling: Floats | float) -> None:
    """Lay `filling` over the chip, in place."""
    chip[:] = np.clip(chip * (1 - opacity) + filling * opacity, 0, 255)
