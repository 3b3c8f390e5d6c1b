"""The sets of real faces: which pictures there are, and what their own labels say."""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.errors import SourceError
from training.face.faces import Floats

HELD_OF = 10
"""One photograph in so many of `faces68` is kept apart for judging."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a set: what its labels say.

    Attributes:
        path: of the picture.
        source: the set.
        marked: (68, 2) points marked by people.
        masked: mouth and nose are covered.
        sunglasses: the eyes are.

    """

    path: Path
    source: str
    marked: Floats | None = None
    masked: bool = False
    sunglasses: bool = False


def pictures(data: Path) -> Iterator[Picture]:
    """Go through the pictures of all sets with one face each."""
    folder = data / "faces68/faces68"
    for row in rows_of(folder):
        marked = np.array([[row[f"x{i}"], row[f"y{i}"]] for i in range(68)], np.float32)
        yield Picture(folder / row["file"], "faces68", marked)
    for row in rows_of(data / "inthewild"):
        yield Picture(data / "inthewild" / row["file"], "inthewild")
    folder = data / "drivface/drivface_train"
    for row in rows_of(folder):
        yield Picture(folder / row["file"], "drivface")
    folder = data / "mask_faces/mask_faces_train"
    for row in rows_of(folder):
        if row["several_faces"] != "yes":
            masked, sun = row["mask"] == "with_mask", row["eyewear"] == "sunglasses"
            yield Picture(folder / row["file"], "mask_faces", masked=masked, sunglasses=sun)


def rows_of(folder: Path) -> list[dict[str, str]]:
    """Read the labels of a set."""
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_gray(path: Path) -> NDArray[np.uint8]:
    """Read a picture as gray (H, W).

    Raises:
        SourceError: it can't be read.

    """
    gray = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if gray is None:
        raise SourceError(f"{path}: no picture that can be read; unpack the set again")
    return np.asarray(gray, np.uint8)


def is_held(path: Path) -> bool:
    """Say whether a picture of `faces68` is kept apart; faces of one photograph stay together."""
    photo = path.stem.removesuffix("_1").removesuffix("_2")
    return hashlib.sha256(photo.encode()).digest()[0] % HELD_OF == 0
