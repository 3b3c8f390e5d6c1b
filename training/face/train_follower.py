"""What the follower is trained on, and how much of it."""

from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from drivermon.errors import SourceError
from training.face.faces import Faces
from training.face.follower_losses import losses
from training.face.follower_network import EYE, MIDDLE_BLOCKS, Block, FollowerNet
from training.face.narrow import narrow
from training.face.sample import Sample, Sampler
from training.face.training_run import LAST, Batch, FaceRecipe, FaceRun, begun, read_averaged

SHARES = {
    "faces68": 0.30,
    "inthewild": 0.20,
    "turned": 0.18,
    "drivface": 0.02,
    "mask_faces": 0.02,
    "render": 0.26,
    "behind": 0.02,
}
"""How much of the samples comes from each source."""

EYE_SHARES = SHARES | {"render": 0.46}
"""The same where the eyes alone are learned: only of renders is it known exactly how far eyes are open."""

SHOWN = 1024
"""Samples that say what the hidden channels do, when some are to leave."""


def train(
    faces: Faces,
    backgrounds: list[NDArray[np.uint8]],
    run: Path,
    recipe: FaceRecipe,
    eyes_alone: bool = False,
    eyes_anew: bool = False,
) -> FollowerNet:
    """Train the follower, or go on after a kill, and return it.

    Args:
        faces: to learn from.
        backgrounds: gray pictures without a face.
        run: folder of checkpoint and log.
        recipe: how long, how fast, and from which weights.
        eyes_alone: train the eyes' own network; everything else stays as `recipe.init` has it.
        eyes_anew: that network begins from nothing.

    Raises:
        SourceError: weights to start from are missing or do not fit, or there are none although the eyes
            alone are to learn.

    """
    if eyes_alone and recipe.init is None and not (run / LAST).is_file():
        raise SourceError(
            "eyes can't be learned alone without a network that finds them: name one with --init"
        )
    cv2.setNumThreads(1)  # a pool of threads that is there hangs the processes that make the samples
    torch.manual_seed(recipe.seed)
    sampler = Sampler(faces, EYE_SHARES if eyes_alone else SHARES, backgrounds)

    def draw(random: Generator) -> Batch:
        return collate([sampler.draw(random) for _ in range(recipe.batch)])

    def parts(network: FollowerNet, batch: Batch) -> dict[str, Tensor]:
        return losses(network(batch["image"].float()), batch)

    first = partial(draw, np.random.default_rng(recipe.seed))
    network = begun(FollowerNet(), recipe, first, EYE if eyes_anew else None)
    if eyes_alone:
        network.learn_eyes_alone()
    return FaceRun(network, run, recipe).train(draw, parts)


def narrowed(faces: Faces, backgrounds: list[NDArray[np.uint8]], run: Path, inner: int) -> FollowerNet:
    """Return the follower of a run with fewer hidden channels in its middle blocks.

    Args:
        faces: that it learned from.
        backgrounds: gray pictures without a face.
        run: folder of the run, of any width.
        inner: hidden channels that stay.

    Raises:
        SourceError: it is no wider than that, or there is no run.

    """
    sampler, random = Sampler(faces, SHARES, backgrounds), np.random.default_rng(0)
    shown = collate([sampler.draw(random) for _ in range(SHOWN)])["image"]
    weights = read_averaged(run)
    network = FollowerNet(len(weights[f"middle.{MIDDLE_BLOCKS[0]}.first.0.weight"]))
    network.load_state_dict(weights)
    network.eval()

    @torch.inference_mode()
    def look() -> None:
        for some in shown.split(64):
            network(some.float())

    for index in MIDDLE_BLOCKS:
        network.middle[index] = narrow(cast("Block", network.middle[index]), inner, look)
    return network


def collate(samples: list[Sample]) -> Batch:
    """Put samples together as tensors: `image` uint8 (N, 1, S, S), all else float32."""
    batch = {
        field.name: torch.from_numpy(
            np.stack([np.asarray(getattr(sample, field.name), np.float32) for sample in samples])
        )
        for field in fields(Sample)
        if field.name != "image"
    }
    batch["image"] = torch.from_numpy(np.stack([sample.image for sample in samples])[:, None])
    return batch
