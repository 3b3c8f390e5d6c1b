"""What dlib's face recognition network says of a chip: the goal of the starting weights `faces`.

The published finding is that weights learned on faces generalise to new people: to imitate this network is
to have such weights without a download. Embeddings are computed once and kept.
"""

import hashlib
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from drivermon.perception.alignment import DEFAULT_GEOMETRY, ChipGeometry, eyes_to_chip, warp_chip
from training.chips import widened
from training.files import written_whole
from training.networks.recogniser import EMBEDDING, find_recogniser, read_recogniser

RECOGNISER_GEOMETRY = ChipGeometry(150, (0.3235, 0.3107), 3)
"""Where `dlib.get_face_chip` puts the eyes at its default size and padding, by its mean face."""
EMBEDDINGS = "embeddings.npz"
"""The cache's name in its folder."""
BATCH, BLOCK = 32, 1024
"""Faces at a time, and between two writes of the cache, which a kill may lose."""


@torch.inference_mode()
def embed(wide: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the embeddings (N, 128) of wide chips, uint8 (N, W, W)."""
    network = read_recogniser(find_recogniser())
    geometry = widened(DEFAULT_GEOMETRY)
    side = wide.shape[1]
    x, y = (share * side - 0.5 for share in geometry.left_eye)
    matrix = eyes_to_chip((x, y), (side - 1 - x, y), RECOGNISER_GEOMETRY)
    found = [np.empty((0, EMBEDDING), np.float32)]
    for start in range(0, len(wide), BATCH):
        faces = np.stack(
            [warp_chip(chip, matrix, RECOGNISER_GEOMETRY) for chip in wide[start : start + BATCH]]
        )
        found.append(network(torch.from_numpy(faces).permute(0, 3, 1, 2).float()).numpy())
    return np.concatenate(found)


def cached_embeddings(wide: NDArray[np.uint8], cache: Path) -> NDArray[np.float32]:
    """Return the embeddings (N, 128), computing only those that `cache` lacks; a kill loses one block.

    Raises:
        OutputError: the cache can't be written.

    """
    keys = np.array([_key(chip) for chip in wide], np.uint64)
    known = _read(cache)
    first = {key: index for index, key in reversed(list(enumerate(keys.tolist())))}
    missing = [index for key, index in first.items() if key not in known]
    for start in range(0, len(missing), BLOCK):
        block = missing[start : start + BLOCK]
        known.update(zip(keys[block].tolist(), embed(wide[block]), strict=True))
        _write(cache, known)
        print(f"{cache.name}: {start + len(block)} of {len(missing)} new faces described", flush=True)
    return np.stack([known[key] for key in keys.tolist()])


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
