"""A small network with weights that nobody trained, calibrated and exported."""

from pathlib import Path

import torch

from tests.training.faces import drawn_chips
from training.calibrate import Calibration, Head
from training.export import Deployed, Provenance, export
from training.judging import chips_for
from training.networks.compact import EmotionNet

PROVENANCE = Provenance("drawn faces", "test", "pytest")
CALIBRATION = Calibration(
    Head(2.0, (0.1, -0.2, 0.0, 0.3, 0.0, 0.0, -0.1)), Head(0.5, (0.0,) * 7), 0.4, 0.3, (1 / 7,) * 7, 1.2
)


def small_network() -> EmotionNet:
    """Return the same small network every time."""
    torch.manual_seed(0)
    return EmotionNet(widths=(4, 8), blocks=(1, 1)).eval()


def deployed() -> Deployed:
    """Return it as it is exported."""
    return Deployed(small_network(), CALIBRATION)


def exported(path: Path) -> Path:
    """Export it to `path`."""
    model = deployed()
    export(model, PROVENANCE, chips_for(model.network.geometry, drawn_chips(4).chips), path)
    return path
