"""What frozen layers make of chips, computed once and kept: an epoch then costs the last layers only."""

import hashlib
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from drivermon.errors import OutputError
from training.networks import Network
from training.pixels import plain

BATCH = 64


class Tail(nn.Module):
    """The layers of a network behind the frozen ones."""

    def __init__(self, network: Network) -> None:
        """Show the trainable part of a network."""
        super().__init__()
        self.network = network

    def forward(self, seen: Tensor) -> Tensor:
        """Return logits (N, 2, 7) from what `trunk` gave."""
        return self.network.classify(self.network.describe(seen))


@torch.inference_mode()
def frozen_features(network: Network, wide: NDArray[np.uint8], folder: Path) -> Tensor:
    """Return what `network.trunk` makes of wide chips, float16 (N, ...), on disk; goes on after a kill.

    Args:
        network: with the frozen weights; normalisations use their stored statistics.
        wide: uint8 (N, W, W[, 3]).
        folder: receives one file of features, named by what it was made of.

    Raises:
        OutputError: the file can't be written.

    """
    network.eval()
    name = _digest(network, wide)
    file, progress = folder / f"{name}.npy", folder / f"{name}.done"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        done = int(progress.read_text()) if progress.is_file() else 0
        if done == 0:
            shape = (len(wide), *_features(network, wide[:1]).shape[1:])
            np.lib.format.open_memmap(file, "w+", np.float16, shape)
        stored = np.lib.format.open_memmap(file, "r+")
        for start in range(done, len(wide), BATCH):
            stored[start : start + BATCH] = _features(network, wide[start : start + BATCH]).cpu().numpy()
            stored.flush()
            done = min(start + BATCH, len(wide))
            progress.write_text(str(done))
            if start // BATCH % 16 == 15 or done == len(wide):
                print(f"frozen layers: {done} of {len(wide)} chips", flush=True)
    except OSError as error:
        raise OutputError(f"{file} can't be written ({error}): is the disk full?") from error
    return torch.from_numpy(stored)


def _features(network: Network, wide: NDArray[np.uint8]) -> Tensor:
    device = next(network.parameters()).device
    pixels = plain(network, torch.from_numpy(np.ascontiguousarray(wide)).to(device))
    with torch.autocast(device.type, torch.bfloat16):
        return network.trunk(pixels.contiguous(memory_format=torch.channels_last)).half()


def _digest(network: Network, wide: NDArray[np.uint8]) -> str:
    """Name the features by chips and frozen weights: other ones must never be taken up."""
    found = hashlib.sha256(np.ascontiguousarray(wide).tobytes())
    for key, value in network.state_dict().items():
        if not key.startswith(network.trainable):
            found.update(value.cpu().numpy().tobytes())
    return f"{type(network).__name__.lower()}-{found.hexdigest()[:16]}"
