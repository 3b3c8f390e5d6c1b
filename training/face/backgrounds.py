"""Gray pictures without a face: empty rendered cabins, the rest of real ones, and patterns."""

from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.face.renders import render_empty_cabins
from training.face.sources import read_gray, rows_of

MIN_SIDE_PX = 120
CLEAR_OF_FACE = 1.0
"""Share of the face's box by which what is kept of a real picture stays clear of it."""

CABINS_FROM_SEED = 500_000


def make_backgrounds(data: Path, cabins: int, patterns: int) -> list[NDArray[np.uint8]]:
    """Return pictures without faces, each at least 120 px high and wide."""
    random = np.random.default_rng(7)
    rendered = render_empty_cabins(CABINS_FROM_SEED, cabins)
    return [*rendered, *beside_drivers(data), *(pattern(random) for _ in range(patterns))]


def beside_drivers(data: Path) -> list[NDArray[np.uint8]]:
    """Return what lies to both sides of the drivers of `drivface`."""
    folder = data / "drivface/drivface_train"
    parts = []
    for row in rows_of(folder):
        gray = read_gray(folder / row["file"])
        x, width = int(row["face_x"]), int(row["face_w"])
        clear = int(CLEAR_OF_FACE * width)
        sides = (gray[:, : max(x - clear, 0)], gray[:, x + width + clear :])
        parts += [np.ascontiguousarray(side, np.uint8) for side in sides if side.shape[1] >= MIN_SIDE_PX]
    return parts


def pattern(random: Generator, size_px: int = 160) -> NDArray[np.uint8]:
    """Draw clouds, bars and discs in random grays."""
    picture = np.full((size_px, size_px), random.uniform(20, 220), np.float32)
    for octave in (4, 9, 21, 60):
        if random.random() < 0.7:
            noise = random.normal(0, 45, (octave, octave)).astype(np.float32)
            picture += cv2.resize(noise, (size_px, size_px), interpolation=cv2.INTER_CUBIC)
    for _ in range(int(random.integers(0, 14))):
        x, y, dx, dy = (int(v) for v in random.uniform(0, size_px, 4))
        gray, filled = float(random.uniform(0, 255)), int(random.choice([-1, 1, 2, 4]))
        if random.random() < 0.5:
            cv2.ellipse(
                picture, (x, y), (dx // 3, dy // 3), float(random.uniform(0, 180)), 0, 360, gray, filled
            )
        else:
            cv2.rectangle(picture, (x, y), (x + dx // 2, y + dy // 2), gray, filled)
    soft = cv2.GaussianBlur(picture, (0, 0), float(random.uniform(0.3, 3)))
    return np.clip(soft, 0, 255).astype(np.uint8)
