"""From the two trained face networks to the files that the daemon runs; preprocessing goes into the graph."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from drivermon import __version__
from drivermon.config import RuntimeSettings
from drivermon.errors import NetworkError
from drivermon.perception import face_detector, follower
from drivermon.perception.face_crop import MARGIN
from drivermon.perception.face_network import INPUT, open_face_network
from training.export import Provenance
from training.face.detector_network import MULTIPLE, STRIDE, DetectorNet, Found
from training.face.follower_network import FollowerNet, Measured
from training.face.sample import CROP_PX
from training.face.scenes import WIDTH_PX
from training.files import written_whole
from training.onnx_file import write_graph, write_metadata

PARITY = 1e-3
"""Largest difference between PyTorch and the runtime, in units of each output (pixels, degrees, shares)."""


class DeployedFollower(nn.Module):
    """uint8 crops (N, 224, 224, 1) to the outputs of `drivermon.perception.follower`."""

    kind, outputs = follower.KIND, follower.OUTPUTS

    def __init__(self, network: FollowerNet) -> None:
        """Wrap a trained network."""
        super().__init__()
        self.network = network.eval()

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Return points in pixels of the crop, apertures, visibilities, mouth, pose, presence."""
        said: Measured = self.network(image.view(-1, 1, CROP_PX, CROP_PX).float())
        return (
            (said.points + 0.5) * CROP_PX,
            said.aperture.clamp_min(0.0),
            torch.sigmoid(said.visible),
            said.mouth.clamp_min(0.0),
            said.pose,
            torch.sigmoid(said.present),
        )


class DeployedDetector(nn.Module):
    """uint8 pictures (N, H, W, 1) to scores (N, H / 8, W / 8) and boxes (N, H / 8, W / 8, 4)."""

    kind, outputs = face_detector.KIND, face_detector.OUTPUTS

    def __init__(self, network: DetectorNet) -> None:
        """Wrap a trained network."""
        super().__init__()
        self.network = network.eval()

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return the score of every cell and its box, x, y, width, height in pixels of the input."""
        found: Found = self.network(image.permute(0, 3, 1, 2).float())
        rows, columns = found.faces.shape[1], found.faces.shape[2]
        x = (torch.arange(columns) + 0.5)[None, None, :] * STRIDE
        y = (torch.arange(rows) + 0.5)[None, :, None] * STRIDE
        left, top, right, bottom = found.boxes.unbind(1)
        boxes = torch.stack([x - left, y - top, left + right, top + bottom], 3)
        return torch.sigmoid(found.faces), boxes


Deployed = DeployedFollower | DeployedDetector


def export(deployed: Deployed, provenance: Provenance, images: NDArray[np.uint8], path: Path) -> float:
    """Write a face network to `path`, whole or not at all; return its largest difference from PyTorch.

    Args:
        deployed: the network.
        provenance: for the metadata.
        images: uint8 (N, H, W, 1) for the parity check.
        path: of the .onnx file; replaced only after every check has passed.

    Raises:
        NetworkError: the exported file is refused by the runtime or differs from PyTorch.
        OutputError: the file can't be written.

    """
    with written_whole(path) as part:
        _write_graph(deployed, part)
        _write_metadata(deployed, provenance, part)
        difference = parity(deployed, images, part)
        if not difference <= PARITY:
            raise NetworkError(f"{path}: not written: it differs from PyTorch by {difference:.2g}")
    return difference


def parity(deployed: Deployed, images: NDArray[np.uint8], path: Path) -> float:
    """Return the largest difference between PyTorch and the runtime over all outputs."""
    runtime = open_face_network(path, RuntimeSettings(), deployed.kind, deployed.outputs)
    with torch.inference_mode():
        expected = deployed(torch.from_numpy(images))
    return max(
        float(np.abs(result - wanted.numpy()).max())
        for result, wanted in zip(runtime.run(images), expected, strict=True)
    )


def _write_graph(deployed: Deployed, path: Path) -> None:
    count = torch.export.Dim("N")
    if isinstance(deployed, DeployedFollower):
        example, shape = torch.zeros(2, CROP_PX, CROP_PX, 1, dtype=torch.uint8), {0: count}
    else:
        example = torch.zeros(2, 3 * MULTIPLE, WIDTH_PX, 1, dtype=torch.uint8)
        rows, columns = (torch.export.Dim(name, min=2, max=64) for name in ("rows", "columns"))
        shape = {0: count, 1: MULTIPLE * rows, 2: MULTIPLE * columns}
    write_graph(deployed, example, path, INPUT, deployed.outputs, shape)


def _write_metadata(deployed: Deployed, provenance: Provenance, path: Path) -> None:
    geometry: dict[str, float] = (
        {"size_px": CROP_PX, "margin": MARGIN}
        if isinstance(deployed, DeployedFollower)
        else {"side_px": WIDTH_PX, "multiple_px": MULTIPLE}
    )
    entries = {
        "drivermon_kind": deployed.kind,
        "outputs": json.dumps(deployed.outputs),
        "geometry": json.dumps(geometry),
        "version": __version__,
        **asdict(provenance),
    }
    write_metadata(path, entries)
