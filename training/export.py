"""From a trained network to the one file the daemon runs, through a gate that the runtime itself holds."""

import hashlib
import json
import re
import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from drivermon import __version__
from drivermon.config import RuntimeSettings
from drivermon.emotions import EMOTIONS
from drivermon.errors import NetworkError
from drivermon.perception.alignment import ChipGeometry
from drivermon.perception.emotion import KIND, OUTPUTS, EmotionNetwork, View, chip_metadata
from drivermon.perception.registry import REGISTRY
from training.calibrate import Calibration
from training.files import written_whole
from training.networks import Network
from training.onnx_file import write_graph, write_metadata

PARITY = 1e-4


@dataclass(frozen=True, slots=True)
class Provenance:
    """What travels in the file beside the weights: data, licence and the command that made it."""

    data: str
    licence: str
    created: str


def told_counts(sets: Sequence[str]) -> str:
    """Return how many pictures of each set there are, as `Provenance.data` tells it, from a name for each."""
    return ", ".join(f"{name} ({count})" for name, count in sorted(Counter(sets).items()))


def counts_told(data: str) -> dict[str, int]:
    """Return what `told_counts` told."""
    return {name: int(count) for name, count in re.findall(r"(\S+) \((\d+)\)", data)}


def this_command() -> str:
    """Return the command that runs, as a file may tell it: of folders only the last part of their path."""
    arguments = [Path(argument).name if "/" in argument else argument for argument in sys.argv[1:]]
    return shlex.join(["python", "-m", "training", *arguments])


class Deployed(nn.Module):
    """uint8 chips (N, S, S, C) to the three outputs, each (N, 7): everything baked in."""

    def __init__(self, network: Network, calibration: Calibration) -> None:
        """Wrap a trained network."""
        super().__init__()
        self.network = network.eval()
        self.calibration = calibration

    def forward(self, chips: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return `probabilities`, `probabilities_original`, `probabilities_votes`."""
        return self.calibration.probabilities(self.network(chips.permute(0, 3, 1, 2).float()))


def export(deployed: Deployed, provenance: Provenance, chips: NDArray[np.uint8], path: Path) -> float:
    """Write the network to `path`, whole or not at all, and return its largest difference from PyTorch.

    Args:
        deployed: the network with its calibration.
        provenance: for the metadata.
        chips: uint8 (N, S, S, C) real ones for the parity check.
        path: of the .onnx file; replaced only after every check has passed.

    Raises:
        NetworkError: the exported file is refused by the runtime or differs from PyTorch.
        OutputError: the file can't be written.

    """
    geometry = deployed.network.geometry
    with written_whole(path) as part:
        _write_graph(deployed, geometry, part)
        _write_metadata(part, geometry, deployed.calibration, provenance)
        difference = parity(deployed, part, chips)
        if not difference <= PARITY:
            raise NetworkError(
                f"{path}: not written: the exported network differs from PyTorch by {difference:.2g}, "
                f"more than {PARITY:.0e}"
            )
    return difference


def parity(deployed: Deployed, path: Path, chips: NDArray[np.uint8]) -> float:
    """Return the largest difference between PyTorch and the runtime over all chips and outputs.

    Raises:
        NetworkError: the runtime refuses the file, or there are no chips to compare on.

    """
    if not len(chips):
        raise NetworkError(f"{path}: not written: there is no chip to compare it with PyTorch on")
    runtime = EmotionNetwork(path, RuntimeSettings())
    with torch.inference_mode():
        expected = deployed(torch.from_numpy(chips))
    views: tuple[View, ...] = tuple(OUTPUTS)
    return max(
        float(np.abs(runtime.probabilities(chips, view) - wanted.numpy()).max())
        for view, wanted in zip(views, expected, strict=True)
    )


def register(name: str, path: Path, licence: str) -> str:
    """Enter a network in the registry beside it, and return its SHA-256.

    Raises:
        OutputError: the registry can't be written.

    """
    registry = path.parent / REGISTRY
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with written_whole(registry) as part:
        entries = json.loads(registry.read_text("utf-8")) if registry.is_file() else {}
        entries[name] = {"file": path.name, "sha256": digest, "licence": licence, "card": f"{path.stem}.md"}
        part.write_text(json.dumps(entries, indent=2, sort_keys=True) + "\n", "utf-8")
    return digest


def _write_graph(deployed: Deployed, geometry: ChipGeometry, path: Path) -> None:
    example = torch.zeros(2, geometry.size_px, geometry.size_px, geometry.channels, dtype=torch.uint8)
    write_graph(deployed, example, path, "chips", list(OUTPUTS.values()), {0: torch.export.Dim("N")})


def _write_metadata(
    path: Path, geometry: ChipGeometry, calibration: Calibration, provenance: Provenance
) -> None:
    entries = {
        "drivermon_kind": KIND,
        "labels": json.dumps(EMOTIONS),
        "chip": chip_metadata(geometry),
        "temperature": json.dumps(asdict(calibration)),
        "version": __version__,
        **asdict(provenance),
    }
    write_metadata(path, entries)
