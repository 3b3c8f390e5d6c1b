"""The published way to more pictures: four fixed recipes, used to give every class as many as the largest.

Each recipe flips the picture left to right, turns it by a few degrees (-2, -3, +2, -2) and adds blur and
noise, more from recipe to recipe. The text gives no amounts of blur and noise; ours are `BLUR_PX` and
`NOISE`. Only what is learned from gets copies: a copy stands where its picture stands.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.emotions import EMOTIONS
from drivermon.errors import OutputError, SourceError
from training.chips import RIM_PX, ChipSet, save_prepared
from training.manifest import Manifest

ROTATE_DEG = (-2.0, -3.0, 2.0, -2.0)
BLUR_PX = (0.3, 0.6, 0.9, 1.2)
"""Standard deviation on a chip of 64 px; larger chips get proportionally more."""
NOISE = (2.0, 4.0, 6.0, 8.0)
"""Standard deviation in 8-bit levels."""
BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Copy:
    """One picture by one recipe (0 to 3)."""

    row: int
    recipe: int


def recipe(chip: NDArray[np.uint8], number: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """Return a chip (W, W) or (W, W, 3) by recipe 0 to 3; turned counter-clockwise for positive angles."""
    side = chip.shape[0]
    turn = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), ROTATE_DEG[number], 1.0)
    flipped = np.ascontiguousarray(chip[:, ::-1])
    turned = cv2.warpAffine(flipped, turn, (side, side), borderMode=cv2.BORDER_REFLECT_101)
    sigma = BLUR_PX[number] * (side - 2 * RIM_PX) / 64
    soft = cv2.GaussianBlur(turned, (0, 0), sigma).astype(np.float32)
    noisy = soft + random.normal(0.0, NOISE[number], soft.shape)
    return np.asarray(np.clip(np.rint(noisy), 0, 255), np.uint8)


def planned(labels: NDArray[np.int64], random: np.random.Generator, *, balance: bool) -> list[Copy]:
    """Return which copies to make of pictures with these classes (-1 without: no copy).

    To balance, every class is filled up to the largest, one recipe after the other, the last one with a
    random part of its pictures; four recipes make a class at most five times as large. Else every
    picture is copied by all four.
    """
    counts = np.bincount(labels[labels >= 0], minlength=len(EMOTIONS))
    copies = []
    for label in np.flatnonzero(counts):
        rows = random.permutation(np.flatnonzero(labels == label))
        wanted = int(counts.max() - counts[label]) if balance else len(ROTATE_DEG) * len(rows)
        every = [Copy(int(row), number) for number in range(len(ROTATE_DEG)) for row in rows]
        copies += every[:wanted]
    return sorted(copies, key=lambda copy: (copy.row, copy.recipe))


def augment(folder: Path, out: Path, seed: int = 0, *, balance: bool = True) -> Manifest:
    """Write prepared chips anew with copies of the training part behind them, and return the manifest.

    Raises:
        SourceError: `folder` holds no prepared chips, or none to learn from with a label.
        OutputError: `out` can't be written, or is `folder` itself.

    """
    if out.resolve() == folder.resolve():
        raise OutputError(f"{out} holds the chips that are to be copied: name another folder")
    manifest, chips = Manifest.load(folder), ChipSet.load(folder)
    learned = (chips.split == "train") & (chips.detector != "none")
    labels = np.where(learned, chips.original, -1)
    if not (labels >= 0).any():
        raise SourceError(f"{folder} has no picture with a label to learn from: run `split` first")
    copies = planned(labels, np.random.default_rng(seed), balance=balance)
    rows = manifest.table.to_pylist()
    rows += [_copied(rows[copy.row], copy.recipe) for copy in copies]
    result = Manifest.of(rows, {**manifest.notes, "augmented": f"seed {seed}, balance {balance}"})
    save_prepared(out, result, _blocks(chips.chips, copies, seed))
    return result


def _copied(row: dict[str, object], number: int) -> dict[str, object]:
    attributes = {**json.loads(str(row["attributes"])), "recipe": str(number + 1)}
    return {**row, "image": f"{row['image']}#{number + 1}", "attributes": json.dumps(attributes)}


def _blocks(chips: NDArray[np.uint8], copies: list[Copy], seed: int) -> Iterator[NDArray[np.uint8]]:
    for start in range(0, len(chips), BLOCK):
        yield chips[start : start + BLOCK]
    for copy in copies:
        # seeded by picture and recipe, so that a copy is the same whatever else is copied
        random = np.random.default_rng([seed, copy.row, copy.recipe])
        yield recipe(np.asarray(chips[copy.row]), copy.recipe, random)[np.newaxis]
