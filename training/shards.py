"""One shard of examples made into chips by one process, and kept on disk until all are done.

A shard is named by a digest of what goes into it, so a run that was killed finds what it had done, also
if a set was added meanwhile.
"""

import hashlib
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import cv2
import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from drivermon.config import Settings
from drivermon.errors import FrameError, SourceError
from drivermon.perception.alignment import ChipGeometry, align
from drivermon.perception.crops import crop_chip, filling_face
from drivermon.perception.face_path import DETECTOR, FOLLOWER
from drivermon.perception.pictures import PictureReader
from drivermon.perception.registry import find_network
from training.datasets import Example
from training.datasets.example import with_channels
from training.files import written_whole
from training.manifest import Outcome

HASH_SIDE = 16
"""Side of the perceptual hash: 256 bits."""
VERSION = 3
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
        digest = hashlib.sha256(f"{VERSION} {geometry} {face_networks()}".encode())
        for example in examples:
            size = example.path.stat().st_size if example.path.is_file() else 0
            digest.update(f"{example.path} {size} {example.cropped}\n".encode())
            digest.update(pickle.dumps(example.picture))
        return cls(examples, geometry, folder / f"{digest.hexdigest()[:24]}.npz")


@dataclass(frozen=True, slots=True)
class Found:
    """What became of some pictures, row by row.

    Attributes:
        outcome: str (N,), an `Outcome`, or "" where the picture could not be read.
        hashes: uint8 (N, 32), perceptual hash of each crop, or of the face in each whole picture.

    """

    outcome: NDArray[np.str_]
    hashes: NDArray[np.uint8]

    @classmethod
    def of(cls, shards: Sequence[Shard]) -> "Found":
        """Read it from the files of shards that are made."""
        outcome = [_stored(shard.path, "outcome") for shard in shards]
        hashes = [_stored(shard.path, "hashes") for shard in shards]
        return cls(np.concatenate(outcome), np.concatenate(hashes))


def chips_of(shard: Shard) -> NDArray[np.uint8]:
    """Return the chips (N, W, W[, 3]) of a shard that is made.

    Raises:
        SourceError: its file is damaged.

    """
    chips: NDArray[np.uint8] = _stored(shard.path, "chips")
    return chips


def _stored(path: Path, name: str) -> NDArray[Any]:
    try:
        with np.load(path) as stored:
            return np.asarray(stored[name])
    except (OSError, ValueError, KeyError, BadZipFile) as error:
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
        outcome[row], chip = _chip(image, example.cropped, shard.geometry)
        if chip is not None:
            chips[row] = chip
        # whole pictures of one place are alike whoever sits there, so there the face is compared
        hashes[row] = perceptual_hash(image if example.cropped or chip is None else chip)
    with written_whole(shard.path) as part, part.open("wb") as file:
        np.savez(file, chips=chips[..., 0] if channels == 1 else chips, outcome=outcome, hashes=hashes)
    return len(shard.examples)


def perceptual_hash(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the perceptual hash (imagehash's pHash, 256 bits) of a picture, uint8 (32,).

    Args:
        image: uint8 gray (H, W) or (H, W, 1), or BGR (H, W, 3).

    """
    bits = imagehash.phash(Image.fromarray(with_channels(image, 1)), hash_size=HASH_SIDE).hash
    return np.packbits(bits.reshape(-1))


def _chip(
    image: NDArray[np.uint8], cropped: bool, geometry: ChipGeometry
) -> tuple[Outcome, NDArray[np.uint8] | None]:
    """Find the face as the daemon would, and cut it out."""
    found = _reader().found_in(image)
    if cropped:
        face = filling_face(found, image)
        return ("crop" if face is None else "eyes"), crop_chip(image, face, geometry)
    for shape in (face.shape for face in found):
        if shape is not None and (eyes := shape.eye_centers) is not None:
            try:
                return "eyes", align(image, *eyes, geometry)
            except FrameError:
                continue
    return "none", None


@cache
def face_networks() -> str:
    """Return the digests of the networks that find faces: others find them elsewhere."""
    int8 = Settings().runtime.int8
    files = [find_network(name, int8=int8) for name in (DETECTOR, FOLLOWER)]
    return " ".join(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)


@cache
def _reader() -> PictureReader:
    return PictureReader(Settings(), None)
