"""What dlib's face recognition network says of a chip: the goal of the starting weights `faces`.

The network (King 2017, `dlib_face_recognition_resnet_model_v1`, public domain) describes a face by 128
numbers; faces of one person lie less than about 0.6 apart. The published finding is that weights
learned on faces generalise to new people: to imitate this network is to have such weights without
a download. One embedding takes about 80 ms on one core, so each is computed once and kept.
"""

import hashlib
from multiprocessing import get_context
from pathlib import Path

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from drivermon.errors import InstallationError
from drivermon.perception.alignment import DEFAULT_GEOMETRY, ChipGeometry, eyes_to_chip, warp_chip
from drivermon.perception.landmarks import PREDICTOR_PACKAGE, find_predictor
from training.chips import widened
from training.files import written_whole

RECOGNISER_FILE = "dlib_face_recognition_resnet_model_v1.dat"
RECOGNISER_GEOMETRY = ChipGeometry(150, (0.3235, 0.3107), 3)
"""Where `dlib.get_face_chip` puts the eyes at its default size and padding, by its mean face."""
EMBEDDING = 128
BLOCK = 256
"""Embeddings between two writes of the cache: 20 s of work that a kill may lose."""


def find_recogniser() -> Path:
    """Return the network's file, which lies beside the landmark predictor.

    Raises:
        InstallationError: the package or the file is missing.

    """
    path = find_predictor().with_name(RECOGNISER_FILE)
    if not path.is_file():
        raise InstallationError(f"{path} is missing; install it again: pip install {PREDICTOR_PACKAGE}")
    return path


def embed(wide: NDArray[np.uint8], jobs: int = 1) -> NDArray[np.float32]:
    """Return the embeddings (N, 128) of wide chips, uint8 (N, W, W)."""
    parts = np.array_split(wide, jobs)
    if jobs == 1:
        return _embed(wide)
    with get_context("spawn").Pool(jobs) as pool:
        return np.concatenate(pool.map(_embed, parts))


def cached_embeddings(wide: NDArray[np.uint8], cache: Path, jobs: int = 1) -> NDArray[np.float32]:
    """Return the embeddings (N, 128), computing only those that `cache` lacks; a kill loses one block.

    Raises:
        OutputError: the cache can't be written.

    """
    keys = np.array([_key(chip) for chip in wide], np.uint64)
    known = _read(cache)
    first = {key: index for index, key in reversed(list(enumerate(keys.tolist())))}
    missing = [index for key, index in first.items() if key not in known]
    for start in range(0, len(missing), BLOCK * jobs):
        block = missing[start : start + BLOCK * jobs]
        known.update(zip(keys[block].tolist(), embed(wide[block], jobs), strict=True))
        _write(cache, known)
        print(f"{cache.name}: {start + len(block)} of {len(missing)} new faces described", flush=True)
    return np.stack([known[key] for key in keys.tolist()])


def _embed(wide: NDArray[np.uint8]) -> NDArray[np.float32]:
    cv2.setNumThreads(1)
    network = dlib.face_recognition_model_v1(str(find_recogniser()))
    geometry = widened(DEFAULT_GEOMETRY)
    side = wide.shape[1]
    x, y = (share * side - 0.5 for share in geometry.left_eye)
    matrix = eyes_to_chip((x, y), (side - 1 - x, y), RECOGNISER_GEOMETRY)
    found = [
        np.asarray(network.compute_face_descriptor(warp_chip(chip, matrix, RECOGNISER_GEOMETRY)), np.float32)
        for chip in wide
    ]
    return np.array(found, np.float32).reshape(-1, EMBEDDING)


def _key(chip: NDArray[np.uint8]) -> int:
    return int.from_bytes(hashlib.blake2b(chip.tobytes(), digest_size=8).digest())


def _read(cache: Path) -> dict[int, NDArray[np.float32]]:
    if not cache.is_file():
        return {}
    with np.load(cache) as stored:
        return dict(zip(stored["keys"].tolist(), stored["embeddings"], strict=True))


def _write(cache: Path, known: dict[int, NDArray[np.float32]]) -> None:
    with written_whole(cache) as part, part.open("wb") as file:
        np.savez(file, keys=np.array(list(known), np.uint64), embeddings=np.stack(list(known.values())))
