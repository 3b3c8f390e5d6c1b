"""What the detector is trained on."""

from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from training.face.detector_losses import losses, targets
from training.face.detector_network import DetectorNet, Found
from training.face.scenes import HEIGHT_PX, WIDTH_PX, Scene, SceneSampler
from training.face.training_run import Batch, FaceRecipe, FaceRun


def train(sampler: SceneSampler, run: Path, recipe: FaceRecipe) -> DetectorNet:
    """Train the detector, or go on after a kill, and return it; `run` holds checkpoint and log."""
    torch.manual_seed(recipe.seed)

    def draw(random: Generator) -> Batch:
        return collate([sampler.draw(random) for _ in range(recipe.batch)])

    def parts(network: DetectorNet, batch: Batch) -> dict[str, Tensor]:
        found: Found = network(batch["image"].float())
        return losses(found, batch["bumps"], batch["distances"])

    return FaceRun(DetectorNet(), run, recipe).train(draw, parts)


def collate(scenes: list[Scene]) -> Batch:
    """Put scenes together as tensors: `image` uint8 (N, 1, H, W), and what the network should say."""
    boxes = np.stack([scene.box for scene in scenes]).astype(np.float32)
    bumps, distances = targets(boxes, HEIGHT_PX, WIDTH_PX)
    images = torch.from_numpy(np.stack([scene.image for scene in scenes])[:, None])
    return {"image": images, "bumps": bumps, "distances": distances}
