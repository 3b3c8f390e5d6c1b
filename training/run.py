"""The state of a training run, and its checkpoints."""

import copy
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from drivermon.errors import OutputError, SourceError
from training.networks.compact import EmotionNet

WARM_UP = 0.1
MAX_GRADIENT = 2.0
LAST, BEST = "last.pt", "best.pt"
STATEFUL = ("network", "averaged", "optimizer", "schedule")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a run is made of.

    Attributes:
        epochs: passes over all training chips.
        batch: chips per step.
        learning_rate: peak of AdamW; linear warm-up over a tenth of the steps, cosine to 0.
        weight_decay: of AdamW, not on biases and normalisations.
        ema: decay per step of the averaged weights, which are the ones that are kept.
        seed: of weights, order and augmentation.
        threads: of torch.
        init: checkpoint of an earlier run to start from, `None` for random weights.
        teachers: checkpoints of earlier runs whose mean opinion is learned beside the labels.
        trust: share of the teachers in what is learned, 0 to 1.

    """

    epochs: int = 12
    batch: int = 128
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    ema: float = 0.998
    seed: int = 0
    threads: int = 1
    init: Path | None = None
    teachers: tuple[Path, ...] = ()
    trust: float = 0.5


class Run:
    """Everything that changes while training, so that a run can be taken up again."""

    def __init__(self, recipe: Recipe, steps: int) -> None:
        """Start a run of `steps` steps in all."""
        torch.manual_seed(recipe.seed)
        self.network = EmotionNet().to(memory_format=torch.channels_last)
        self.averaged = copy.deepcopy(self.network).eval().requires_grad_(False)
        groups = _decayed(self.network, recipe.weight_decay)
        self.optimizer = torch.optim.AdamW(groups, lr=recipe.learning_rate)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, _curve(steps))
        self.progress: dict[str, float] = {"epoch": 0, "step": 0, "best": -math.inf}

    def step(self, loss: Tensor, decay: float) -> None:
        """Follow the gradient of `loss` once and average the weights."""
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), MAX_GRADIENT)
        self.optimizer.step()
        self.schedule.step()
        self.progress["step"] += 1
        steps = self.progress["step"]
        # early on, when weights still move far, the average must not remember the random start
        _average(self.averaged, self.network, min(decay, (1 + steps) / (10 + steps)))

    def start_from(self, path: Path) -> None:
        """Take the weights of an earlier run's `best.pt`.

        Raises:
            SourceError: there is no such checkpoint, or it is of another network.

        """
        weights = read_weights(path)
        self.network.load_state_dict(weights)
        self.averaged.load_state_dict(weights)

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        parts = {name: getattr(self, name).state_dict() for name in STATEFUL}
        save_whole(path, {"progress": self.progress, **parts})

    def load(self, path: Path) -> None:
        """Take up a run again."""
        stored = torch.load(path, weights_only=True)
        self.progress = stored["progress"]
        for name in STATEFUL:
            getattr(self, name).load_state_dict(stored[name])


def load_best(folder: Path) -> EmotionNet:
    """Return the averaged network of the best epoch of a run.

    Raises:
        SourceError: the folder holds none.

    """
    return load_weights(folder / BEST)


def load_weights(path: Path) -> EmotionNet:
    """Return the network of one `best.pt`, ready to judge.

    Raises:
        SourceError: there is no such checkpoint, or it is of another network.

    """
    network = EmotionNet()
    network.load_state_dict(read_weights(path))
    network.eval()
    return network


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read the weights of a `best.pt` and check that they are this network's."""
    if not path.is_file():
        raise SourceError(f"{path} is missing: train first with `python -m training train`")
    weights: dict[str, Tensor] = torch.load(path, weights_only=True)
    expected = {name: value.shape for name, value in EmotionNet().state_dict().items()}
    if {name: getattr(value, "shape", None) for name, value in weights.items()} != expected:
        raise SourceError(f"{path} is no checkpoint of this network: it has other layers")
    return weights


def save_whole(path: Path, value: object) -> None:
    """Write with torch, whole or not at all."""
    part = path.with_suffix(".part")
    try:
        torch.save(value, part)
        part.replace(path)
    except (OSError, RuntimeError) as error:
        raise OutputError(
            f"{path} can't be written ({error}): is the disk full, the folder yours?"
        ) from error


def _curve(steps: int) -> Any:
    def factor(step: int) -> float:
        warm = max(1.0, WARM_UP * steps)
        if step < warm:
            return (step + 1) / warm
        return 0.5 * (1.0 + math.cos(math.pi * min(1.0, (step - warm) / max(1.0, steps - warm))))

    return factor


def _decayed(network: EmotionNet, weight_decay: float) -> list[dict[str, Any]]:
    matrices = [weight for weight in network.parameters() if weight.ndim > 1]
    others = [weight for weight in network.parameters() if weight.ndim <= 1]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


@torch.no_grad()
def _average(averaged: EmotionNet, network: EmotionNet, decay: float) -> None:
    for kept, new in zip(averaged.state_dict().values(), network.state_dict().values(), strict=True):
        if kept.dtype.is_floating_point:
            kept.lerp_(new, 1.0 - decay)
        else:
            kept.copy_(new)
