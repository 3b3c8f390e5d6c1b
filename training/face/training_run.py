"""A training run of either face network: timed, averaged, logged, and taken up again after a kill."""

import copy
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import cv2
import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn

from drivermon.errors import SourceError
from training.networks.normalise import belongs
from training.networks.unfold import EXPORTED, read_exported, unfold
from training.run import save_whole

Batch = dict[str, Tensor]
Network = TypeVar("Network", bound=nn.Module)

WARM_UP_STEPS = 200
WEIGHT_DECAY = 2e-2
MAX_GRADIENT = 20.0
AVERAGED = 0.998
"""Of the weights kept at every step in their running average, which is what is exported."""

SAVE_EVERY_S, REPORT_EVERY = 150.0, 100
BATCHES_AHEAD = 6
LAST, LOG = "last.pt", "log.txt"


@dataclass(frozen=True, slots=True)
class FaceRecipe:
    """How long and how fast.

    Attributes:
        minutes: of training in all; the learning rate falls to nothing by then, however fast it goes.
        learning_rate: at its peak.
        batch: samples in a step.
        seed: of weights and samples.
        threads: of PyTorch.
        workers: processes that make the samples; 0 makes them in this one.
        init: folder of an earlier run whose averaged weights are started from; layers it lacks start anew. Or
            an exported .onnx file.

    """

    minutes: float = 75.0
    learning_rate: float = 2.5e-3
    batch: int = 128
    seed: int = 0
    threads: int = 1
    workers: int = 1
    init: Path | None = None


class _Batches(torch.utils.data.IterableDataset[Batch]):
    """Batches without end, made in another process."""

    def __init__(self, draw: Callable[[Generator], Batch], seed: int) -> None:
        self._draw, self._seed = draw, seed

    def __iter__(self) -> Iterator[Batch]:
        cv2.setNumThreads(1)
        random = np.random.default_rng(self._seed)
        while True:
            yield self._draw(random)


class FaceRun(Generic[Network]):
    """Everything that changes while a network is trained.

    Attributes:
        network: what is trained.
        averaged: the running average of its weights.
        spent_s: time trained so far, earlier processes included.

    """

    def __init__(self, network: Network, folder: Path, recipe: FaceRecipe) -> None:
        """Begin a run in `folder`, or take up the one that is there."""
        self.network, self.averaged = network, copy.deepcopy(network)
        self.spent_s = 0.0
        self._folder, self._recipe = folder, recipe
        self._step = 0
        self._optimiser = torch.optim.AdamW(_groups(network), lr=recipe.learning_rate)
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / LAST).is_file():
            self._load()
        network.to(memory_format=torch.channels_last).train()

    def train(
        self, draw: Callable[[Generator], Batch], losses: Callable[[Network, Batch], dict[str, Tensor]]
    ) -> Network:
        """Train until the time is spent and return the averaged network.

        Args:
            draw: makes a batch.
            losses: returns the parts of its loss, whose sum is trained on.

        """
        torch.set_num_threads(self._recipe.threads)
        total_s = 60 * self._recipe.minutes
        # a run that is taken up must not see its first samples again
        loader = torch.utils.data.DataLoader(
            _Batches(draw, self._recipe.seed + 1000 * self._step),
            batch_size=None,
            num_workers=self._recipe.workers,
            prefetch_factor=BATCHES_AHEAD if self._recipe.workers else None,
        )
        batches = iter(loader)
        parts: list[dict[str, float]] = []
        began_s, saved_s = time.monotonic() - self.spent_s, self.spent_s
        while self.spent_s < total_s:
            parts.append(self._learn(losses, next(batches), self.spent_s / total_s))
            self.spent_s = time.monotonic() - began_s
            if self._step % REPORT_EVERY == 0:
                self._report(parts)
                parts.clear()
            if self.spent_s - saved_s > SAVE_EVERY_S or self.spent_s >= total_s:
                saved_s = self.spent_s
                self._save()
        self.averaged.eval()
        return self.averaged

    def _learn(
        self, losses: Callable[[Network, Batch], dict[str, Tensor]], batch: Batch, progress: float
    ) -> dict[str, float]:
        warm = min(1.0, (self._step + 1) / WARM_UP_STEPS)
        for group in self._optimiser.param_groups:
            group["lr"] = (
                self._recipe.learning_rate * warm * (0.01 + 0.495 * (1 + math.cos(math.pi * progress)))
            )
        found = losses(self.network, batch)
        self._optimiser.zero_grad()
        torch.stack(list(found.values())).sum().backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), MAX_GRADIENT)
        self._optimiser.step()
        self._step += 1
        self._average()
        return {name: value.item() for name, value in found.items()}

    @torch.no_grad()
    def _average(self) -> None:
        keep = min(AVERAGED, self._step / (self._step + 20))
        states = zip(self.averaged.state_dict().values(), self.network.state_dict().values(), strict=True)
        for mean, value in states:
            if mean.is_floating_point():
                mean.lerp_(value, 1 - keep)
            else:
                mean.copy_(value)

    def _report(self, parts: list[dict[str, float]]) -> None:
        means = "  ".join(f"{name} {np.mean([part[name] for part in parts]):.3f}" for name in parts[0])
        seen = self._step * self._recipe.batch
        with (self._folder / LOG).open("a", encoding="utf-8") as log:
            log.write(f"{self.spent_s / 60:.1f} min  {seen} samples  {means}\n")

    def _save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self._step,
            "spent_s": self.spent_s,
        }
        save_whole(self._folder / LAST, state)

    def _load(self) -> None:
        saved = torch.load(self._folder / LAST, weights_only=True)
        if "network" not in saved:
            raise SourceError(f"{self._folder} holds weights to start from, not a run: give it to --init")
        self.network.load_state_dict(saved["network"])
        self.averaged.load_state_dict(saved["averaged"])
        self._optimiser.load_state_dict(saved["optimiser"])
        self._step, self.spent_s = int(saved["step"]), float(saved["spent_s"])


def begun(
    network: Network, recipe: FaceRecipe, draw: Callable[[], Batch], anew: str | None = None
) -> Network:
    """Return the network with the weights that the recipe names, if it names any.

    Args:
        network: of random weights.
        recipe: names an exported file, or the folder of an earlier run.
        draw: makes a batch.
        anew: name of a part that begins anew.

    Raises:
        SourceError: the file is missing, or the exported one is of another network.

    """
    if recipe.init is None:
        return network
    if recipe.init.suffix == EXPORTED:
        layers = read_exported(recipe.init)
        unfold(network, layers, str(recipe.init), lambda: network(draw()["image"].float()), anew)
    else:
        earlier = read_averaged(recipe.init)
        taken = {name: value for name, value in earlier.items() if not belongs(name, anew)}
        network.load_state_dict(taken, strict=False)
    return network


def read_averaged(folder: Path) -> dict[str, Tensor]:
    """Return the averaged weights of a run, finished or not.

    Raises:
        SourceError: the folder holds no run.

    """
    path = folder / LAST
    if not path.is_file():
        raise SourceError(f"{path} is missing: name the folder of a run")
    weights: dict[str, Tensor] = torch.load(path, weights_only=True)["averaged"]
    return weights


def load_averaged(network: Network, folder: Path) -> Network:
    """Return the network with the averaged weights of a run, finished or not.

    Raises:
        SourceError: the folder holds no run.

    """
    network.load_state_dict(read_averaged(folder))
    network.eval()
    return network


def save_averaged(network: nn.Module, folder: Path) -> None:
    """Write a network as the averaged weights of a run that is not to go on, but to be started from."""
    save_whole(folder / LAST, {"averaged": network.state_dict()})


def _groups(network: nn.Module) -> list[dict[str, object]]:
    weights = list(network.parameters())
    return [
        {"params": [w for w in weights if w.ndim > 1], "weight_decay": WEIGHT_DECAY},
        {"params": [w for w in weights if w.ndim <= 1], "weight_decay": 0.0},
    ]
