"""Starting weights learned on faces: those of dlib's recogniser, or what a network learns from it.

The published finding is that weights learned on faces generalise to new people and others do not. The
compact network is built like the recogniser and takes its layers over; others, and it too if asked to,
first learn to see in chips what it sees.
"""

import dataclasses
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from drivermon.errors import SourceError
from training import networks
from training.augment import Augment
from training.chips import RIM_PX, ChipSet
from training.face_embeddings import EMBEDDINGS, cached_embeddings
from training.networks import Network
from training.networks.compact import EmotionNet
from training.networks.inherit import inherit
from training.networks.recogniser import EMBEDDING, find_recogniser, read_recogniser
from training.pixels import plain, some
from training.recipe import Recipe
from training.run import Run, read_checkpoint, save_whole

STATE, WEIGHTS = "faces_last.pt", "faces.pt"


class FaceLearner(nn.Module):
    """A network whose last layer gives an embedding in place of emotions."""

    def __init__(self, network: Network) -> None:
        """Put a layer of its own behind what the head sees."""
        super().__init__()
        self.network = network
        self.embedding = nn.Linear(network.width, EMBEDDING)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return embeddings (N, 128), not normalised."""
        return cast("Tensor", self.embedding(self.network.describe(self.network.trunk(pixels))))


def weights_of_faces(
    chips: ChipSet, folder: Path, cache: Path, recipe: Recipe, device: torch.device
) -> dict[str, Tensor]:
    """Return weights learned on faces for a network, without its last layer; goes on after a kill.

    Args:
        chips: faces that may be learned from; emotions are not looked at.
        folder: of the run; receives checkpoints and `faces.pt`.
        cache: folder that keeps embeddings for other runs too.
        recipe: of the run; its network, batch, augmentation and `face_*` count.
        device: where to compute.

    Raises:
        OutputError: a folder can't be written.
        SourceError: there is no face.

    """
    state = read_checkpoint(folder / WEIGHTS)
    if state is not None:
        return state
    rng = np.random.default_rng(recipe.seed)
    aligned = np.flatnonzero(chips.aligned)
    if not len(aligned):
        raise SourceError("no chip shows a face that was aligned by its eyes, so no face can be learned")
    faces = chips[np.sort(rng.permutation(aligned)[: recipe.face_limit])]
    torch.manual_seed(recipe.seed)
    network = networks.build(recipe.network)
    if isinstance(network, EmotionNet):
        inherit(network, read_recogniser(find_recogniser()), some(network, faces.chips))
    if recipe.face_epochs:
        network = _imitated(network, faces, folder, cache, recipe, device)
    kept = {key: value for key, value in network.state_dict().items() if not key.startswith(network.head)}
    save_whole(folder / WEIGHTS, kept)
    (folder / STATE).unlink(missing_ok=True)
    return kept


def _imitated(
    network: Network, faces: ChipSet, folder: Path, cache: Path, recipe: Recipe, device: torch.device
) -> Network:
    """Return the network after it has learned to see in these faces what the recogniser sees."""
    goal = torch.from_numpy(cached_embeddings(faces.chips, cache / EMBEDDINGS)).to(device)
    goal = goal - goal.mean(0)  # what all faces share is most of an embedding, and says nothing
    steps = max(1, len(faces) // recipe.batch)
    learner = FaceLearner(network).to(device)
    own = dataclasses.replace(
        recipe,
        optimizer="adamw",
        schedule="cosine",
        learning_rate=recipe.face_rate,
        weight_decay=0.05,
        ema=0.0,
    )
    run = Run(learner, own, recipe.face_epochs * steps)
    if (state := read_checkpoint(folder / STATE)) is not None:
        run.resume(state)
    for epoch in range(int(run.progress["epoch"]), recipe.face_epochs):
        loss = _one_epoch(run, torch.from_numpy(faces.chips), goal, own, epoch)
        run.judged(-loss)
        if epoch + 1 < recipe.face_epochs:  # after the last one the weights themselves are saved
            save_whole(folder / STATE, run.state())
        print(f"faces: epoch {epoch + 1}  cosine to the recogniser {1 - loss:.3f}", flush=True)
    return cast("Network", learner.network)


def _one_epoch(run: Run, wide: Tensor, goal: Tensor, recipe: Recipe, epoch: int) -> float:
    """Learn from every face once, each disturbed anew; return the mean of 1 - cosine."""
    seed = recipe.seed * 1000 + epoch
    torch.manual_seed(seed)
    learner = run.network
    learner.train()
    device = goal.device
    network: Network = learner.network
    augment = Augment(network.geometry.size_px, seed, wide.shape[1] - 2 * RIM_PX)
    total, steps = 0.0, max(1, len(wide) // recipe.batch)
    for index in torch.randperm(len(wide)).split(recipe.batch)[:steps]:
        pixels = augment(wide[index]) if recipe.augmented else plain(network, wide[index])
        pixels = pixels.to(device).contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16):
            found = learner(pixels)
        loss = (1.0 - nn.functional.cosine_similarity(found.float(), goal[index.to(device)])).mean()
        run.step(loss)
        total += loss.item()
    return total / steps
