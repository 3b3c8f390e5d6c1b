"""Gray pictures without a face: empty rendered cabins, the rest of real ones, and patterns."""

from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.face.renders import render_empty_cabins
from training.face.sources import read_gray, rows_of

MIN_SIDE_PX = 120
CLEAR_OF_FACE = 0.5
"""Share of the face's box by which what is kept of a real picture stays clear of it."""

CABINS_FROM_SEED = 500_000
LETTERS = "abcdefghkmnopqrstuvwxyzABCDEFGHKMNOPQRSTUVWXYZ0234568&@"
FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)


def make_backgrounds(data: Path, cabins: int, patterns: int, titles: int) -> list[NDArray[np.uint8]]:
    """Return pictures without faces, each at least 120 px high and wide."""
    random = np.random.default_rng(7)
    rendered = render_empty_cabins(CABINS_FROM_SEED, cabins)
    drawn = [pattern(random) for _ in range(patterns)] + [lettering(random) for _ in range(titles)]
    return [*rendered, *beside_drivers(data), *drawn]


def beside_drivers(data: Path) -> list[NDArray[np.uint8]]:
    """Return what lies to the left of the drivers of `drivface`; to their right somebody else sits."""
    folder = data / "drivface/drivface_train"
    parts = []
    for row in rows_of(folder):
        end = int(row["face_x"]) - int(CLEAR_OF_FACE * int(row["face_w"]))
        if end >= MIN_SIDE_PX:
            parts.append(np.ascontiguousarray(read_gray(folder / row["file"])[:, :end]))
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
    drawn = np.clip(picture, 0, 255).astype(np.uint8)
    for draw, share in ((_write, 0.4), (_wheel, 0.25)):
        if random.random() < share:
            draw(drawn, random)
    return np.asarray(cv2.GaussianBlur(drawn, (0, 0), float(random.uniform(0.3, 3))), np.uint8)


def lettering(random: Generator, size_px: int = 200) -> NDArray[np.uint8]:
    """Draw a title: large letters, outlined and shaded, close together on a smooth ground."""
    down = np.linspace(random.uniform(10, 240), random.uniform(10, 240), size_px, dtype=np.float32)
    picture = np.repeat(down[:, None], size_px, axis=1)
    clouds = cv2.resize(
        random.normal(0, 20, (5, 5)).astype(np.float32), (size_px, size_px), interpolation=cv2.INTER_CUBIC
    )
    drawn = np.clip(picture + clouds * float(random.random() < 0.5), 0, 255).astype(np.uint8)
    _write(drawn, random, words=1, scales=(1.2, 5.0))
    if random.random() < 0.3:
        _write(drawn, random, words=2, scales=(0.5, 2.0))
    return np.asarray(cv2.GaussianBlur(drawn, (0, 0), float(random.uniform(0.3, 2))), np.uint8)


def _write(
    picture: NDArray[np.uint8],
    random: Generator,
    words: int = 3,
    scales: tuple[float, float] = (0.5, 3.5),
) -> None:
    """Write outlined, shaded letters, as on signs and in titles: they look like eyes and mouths."""
    size = picture.shape[0]
    for _ in range(int(random.integers(1, words + 1))):
        text = "".join(random.choice(list(LETTERS), int(random.integers(2, 11))))
        font, scale = int(random.choice(FONTS)), float(random.uniform(*scales))
        place = int(random.uniform(-0.4, 0.4) * size), int(random.uniform(0.3, 0.95) * size)
        thick = max(1, int(scale * random.uniform(0.8, 5)))
        outline = int(random.integers(0, 9))
        mask = np.zeros_like(picture)
        cv2.putText(
            picture, text, place, font, scale, float(random.uniform(0, 255)), thick + outline, cv2.LINE_AA
        )
        cv2.putText(mask, text, place, font, scale, 255, thick, cv2.LINE_AA)
        shade = np.linspace(random.uniform(0, 255), random.uniform(0, 255), size, dtype=np.float32)[:, None]
        opacity = mask.astype(np.float32) / 255
        picture[:] = np.clip(picture * (1 - opacity) + shade * opacity, 0, 255)
        if random.random() < 0.5:  # a highlight along the strokes
            near = place[0] - 1, place[1] - max(1, thick // 4)
            gray = float(random.uniform(150, 255))
            cv2.putText(picture, text, near, font, scale, gray, max(1, thick // 4), cv2.LINE_AA)


def _wheel(picture: NDArray[np.uint8], random: Generator) -> None:
    """Draw a steering wheel: a rim, a hub, spokes and buttons."""
    size = picture.shape[0]
    x, y = (int(v) for v in random.uniform(0.1, 0.9, 2) * size)
    wide = int(random.uniform(0.15, 0.6) * size)
    axes, angle = (wide, int(wide * random.uniform(0.5, 1.0))), float(random.uniform(0, 180))
    dark, light = float(random.uniform(0, 90)), float(random.uniform(90, 230))
    cv2.ellipse(picture, (x, y), axes, angle, 0, 360, dark, int(random.integers(3, 14)), cv2.LINE_AA)
    for spoke in random.uniform(0, 2 * np.pi, int(random.integers(2, 5))):
        end = int(x + axes[0] * np.cos(spoke)), int(y + axes[1] * np.sin(spoke))
        cv2.line(picture, (x, y), end, dark, int(random.integers(4, 14)), cv2.LINE_AA)
    cv2.ellipse(picture, (x, y), (axes[0] // 3, axes[1] // 3), angle, 0, 360, dark + 20, -1, cv2.LINE_AA)
    for _ in range(int(random.integers(0, 7))):
        button = x + int(random.normal(0, wide / 3)), y + int(random.normal(0, wide / 3))
        cv2.circle(picture, button, int(random.integers(1, 6)), light, -1, cv2.LINE_AA)


def shuffled(chip: NDArray[np.uint8], random: Generator) -> NDArray[np.uint8]:
    """Return a picture of a face with its parts in disorder: eyes and mouths alone make no face."""
    tiles = int(random.choice([3, 4]))
    low, side = int(0.24 * chip.shape[0]), int(0.52 * chip.shape[0]) // tiles
    parts = [
        chip[low + row * side : low + (row + 1) * side, low + column * side : low + (column + 1) * side]
        for row in range(tiles)
        for column in range(tiles)
    ]
    order = np.roll(np.arange(len(parts)), int(random.integers(1, len(parts))))
    turned = [np.rot90(parts[k], int(random.integers(4))) for k in random.permutation(order)]
    rows = [np.hstack(turned[row * tiles : (row + 1) * tiles]) for row in range(tiles)]
    return np.ascontiguousarray(np.vstack(rows))
