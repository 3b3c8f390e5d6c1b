"""One shard of examples made into chips by one process, and kept on disk until all are done.

A shard is named by a digest of what goes into it, so a run that was killed finds what it had done, and
a set that is added later costs only itself.
"""

import hashlib
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from drivermon.config import Settings
from drivermon.errors import FrameError, OutputError, SourceError
from drivermon.perception.alignment import ChipGeometry, align
from drivermon.perception.crops import crop_chip, fit_crop
from drivermon.perception.landmarks import Landmarks68
from drivermon.perception.pictures import PictureReader
from training.datasets import Example
from training.manifest import Outcome

HASH_SIDE = 16
"""Side of the perceptual hash: 256 bits."""
VERSION = 1
"""Of the way chips are made; another one makes all anew."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Some examples, the geometry of their chips, and the file they go to."""

    examples: Sequence[Example]
    geometry: ChipGeometry
    path: Path

    @classmethod
    def of(cls, examples: Sequence[Example], geometry: ChipGeometry, folder: Path) -> "Shard":
        """Name a shard by what goes into it."""
        digest = hashlib.sha256(f"{VERSION} {geometry}".encode())
        for example in examples:
            size = example.path.stat().st_size if example.path.is_file() else 0
            digest.update(f"{example.path} {size} {example.cropped}\n".encode())
            digest.update(pickle.dumps(example.picture))
        return cls(examples, geometry, folder / f"{digest.hexdigest()[:24]}.npz")


@dataclass(frozen=True, slots=True)
class Made:
    """What a shard became, row by row.

    Attributes:
        chips: uint8 (N, W, W[, 3]).
        outcome: str (N,), an `Outcome`, or "" where the picture could not be read.
        hashes: uint8 (N, 32), perceptual hash of each picture.

    """

    chips: NDArray[np.uint8]
    outcome: NDArray[np.str_]
    hashes: NDArray[np.uint8]

    @classmethod
    def load(cls, path: Path) -> "Made":
        """Read a shard that `make` wrote.

        Raises:
            SourceError: the file is damaged.

        """
        try:
            with np.load(path) as stored:
                return cls(stored["chips"], stored["outcome"], stored["hashes"])
        except (OSError, ValueError, KeyError) as error:
            raise SourceError(f"{path} is damaged ({error}): delete it and prepare again") from error


def make(shard: Shard) -> int:
    """Make the chips of a shard, unless its file is there already; return how many examples it has.

    Raises:
        OutputError: the file can't be written.

    """
    if shard.path.is_file():
        return len(shard.examples)
    cv2.setNumThreads(1)
    size, channels = shard.geometry.size_px, shard.geometry.channels
    chips = np.zeros((len(shard.examples), size, size, channels), np.uint8)
    outcome = np.zeros(len(shard.examples), "U5")
    hashes = np.zeros((len(shard.examples), HASH_SIDE**2 // 8), np.uint8)
    for row, example in enumerate(shard.examples):
        try:
            image = example.read(channels)
        except SourceError:
            continue
        hashes[row] = perceptual_hash(image)
        outcome[row], chip = _chip(image, example.cropped, shard.geometry)
        if chip is not None:
            chips[row] = chip
    part = shard.path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            np.savez(file, chips=chips[..., 0] if channels == 1 else chips, outcome=outcome, hashes=hashes)
        part.replace(shard.path)
    except OSError as error:
        raise OutputError(f"{shard.path} can't be written ({error}): is the disk full?") from error
    return len(shard.examples)


def perceptual_hash(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the perceptual hash (imagehash's pHash, 256 bits) of a picture, uint8 (32,)."""
    gray = image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    bits = imagehash.phash(Image.fromarray(gray), hash_size=HASH_SIDE).hash
    return np.packbits(bits.reshape(-1))


def _chip(
    image: NDArray[np.uint8], cropped: bool, geometry: ChipGeometry
) -> tuple[Outcome, NDArray[np.uint8] | None]:
    """Find the face as the daemon would, and cut it out."""
    if cropped:
        shape = fit_crop(_landmarks(), image)
        return ("crop" if shape is None else "eyes"), crop_chip(image, shape, geometry)
    for _, shape in _reader().shapes_in(image):
        if shape.right_eye is not None and shape.left_eye is not None:
            try:
                return "eyes", align(
                    image, shape.right_eye.mean(axis=0), shape.left_eye.mean(axis=0), geometry
                )
            except FrameError:
                continue
    return "none", None


@cache
def _landmarks() -> Landmarks68:
    """Return this process's own predictor: one must not be shared."""
    return Landmarks68()


@cache
def _reader() -> PictureReader:
    return PictureReader(Settings(), None)
