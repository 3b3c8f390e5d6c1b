"""The state of a training run, its checkpoints and its recipe."""

import copy
import dataclasses
import json
import math
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from drivermon.errors import ConfigError, SourceError
from training import networks
from training.files import written_whole
from training.networks import Network
from training.recipe import SCRATCH, Recipe

WARM_UP = 0.1
MAX_GRADIENT = 2.0
MOMENTUM = 0.9
LAST, BEST, RECIPE = "last.pt", "best.pt", "recipe.json"


class Run:
    """Everything that changes while training, so that a run can be taken up again.

    Attributes:
        network: what is trained, in the layout that convolutions like best.
        averaged: the mean of its weights over the last steps, or itself without averaging.
        progress: epoch, step, best score so far, epochs since then, seconds spent.

    """

    def __init__(self, network: nn.Module, recipe: Recipe, steps: int) -> None:
        """Start a run of `steps` steps in all."""
        self.network = network.to(memory_format=torch.channels_last)
        self.averaged = network
        if recipe.ema:
            self.averaged = copy.deepcopy(network).eval().requires_grad_(False)
        self.optimizer = _optimizer(network, recipe)
        curve = _thirds(steps) if recipe.schedule == "thirds" else _cosine(steps)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, curve)
        self.progress = {"epoch": 0.0, "step": 0.0, "best": -math.inf, "since": 0.0, "seconds": 0.0}
        self._ema = recipe.ema
        self._began = time.monotonic()

    def step(self, loss: Tensor) -> None:
        """Follow the gradient of `loss` once and average the weights."""
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), MAX_GRADIENT)
        self.optimizer.step()
        self.schedule.step()
        self.progress["step"] += 1
        if self._ema:
            steps = self.progress["step"]
            # early on, when weights still move far, the average must not remember the random start
            _average(self.averaged, self.network, min(self._ema, (1 + steps) / (10 + steps)))

    def judged(self, score: float) -> bool:
        """Count an epoch and the score it came to, and return whether it is the best so far."""
        now = time.monotonic()
        self.progress["seconds"] += now - self._began
        self._began = now
        self.progress["epoch"] += 1
        better = score > self.progress["best"]
        self.progress["since"] = 0 if better else self.progress["since"] + 1
        if better:
            self.progress["best"] = score
        return better

    def state(self) -> dict[str, Any]:
        """Return a checkpoint."""
        own = {"network": self.network, "optimizer": self.optimizer, "schedule": self.schedule}
        if self._ema:
            own["averaged"] = self.averaged
        return {"progress": self.progress, **{name: part.state_dict() for name, part in own.items()}}

    def resume(self, state: dict[str, Any]) -> None:
        """Take up the run that a checkpoint was made of."""
        self.progress |= state["progress"]
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        if self._ema:
            self.averaged.load_state_dict(state["averaged"])


def begin(folder: Path, recipe: Recipe) -> None:
    """Make the folder of a run and write the recipe there, or make sure that a run begun there has the same.

    Raises:
        OutputError: the folder can't be made or written.
        ConfigError: it holds a run of another recipe.

    """
    asked = json.loads(json.dumps(dataclasses.asdict(recipe), default=str))
    if (folder / LAST).is_file() and (folder / RECIPE).is_file():
        begun = read_recipe(folder)
        other = [
            f"{key} {begun.get(key)}, now {value}"
            for key, value in asked.items()
            if key != "threads" and begun.get(key) != value
        ]
        if other:
            raise ConfigError(
                f"{folder} has a run of another recipe ({'; '.join(other)}): "
                "name another folder, or go on with what it was begun with"
            )
    with written_whole(folder / RECIPE) as part:
        part.write_text(json.dumps(asked, indent=2) + "\n", "utf-8")


def read_recipe(folder: Path) -> dict[str, Any]:
    """Return the choices that a run was begun with, by their names in `Recipe`.

    Raises:
        SourceError: the file is missing or damaged.

    """
    path = folder / RECIPE
    try:
        begun: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} can't be read ({error}): every run of `train` leaves one") from error
    return begun


def load_best(folder: Path) -> Network:
    """Return the network of the best epoch of a run, ready to judge.

    Raises:
        SourceError: the folder holds none.

    """
    return networks.load(folder / BEST)


def read_checkpoint(path: Path) -> dict[str, Any] | None:
    """Return the checkpoint of a run that was stopped, `None` for a new run."""
    if not path.is_file():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def save_whole(path: Path, value: object) -> None:
    """Write with torch, whole or not at all.

    Raises:
        OutputError: the file can't be written.

    """
    with written_whole(path) as part:
        try:
            torch.save(value, part)
        except RuntimeError as error:  # torch's word for a full disk
            raise OSError(str(error)) from error


def _optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    early: set[Tensor] = set()
    if recipe.init != SCRATCH and isinstance(network, Network):
        early = {weight for layer in network.early() for weight in layer.parameters()}
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    groups = [
        {
            "params": [w for w in weights if (w in early) == slow and (w.ndim > 1) == decays],
            "weight_decay": recipe.weight_decay if decays else 0.0,
            "lr": recipe.learning_rate * (recipe.early_rate if slow else 1.0),
        }
        for slow in (False, True)
        for decays in (True, False)
    ]
    groups = [group for group in groups if group["params"]]
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=MOMENTUM)
    return torch.optim.AdamW(groups, lr=recipe.learning_rate)


def _cosine(steps: int) -> Any:
    def factor(step: int) -> float:
        warm = max(1.0, WARM_UP * steps)
        if step < warm:
            return (step + 1) / warm
        return 0.5 * (1.0 + math.cos(math.pi * min(1.0, (step - warm) / max(1.0, steps - warm))))

    return factor


def _thirds(steps: int) -> Any:
    return lambda step: 0.1 ** min(2, 3 * step // steps)


@torch.no_grad()
def _average(averaged: nn.Module, network: nn.Module, decay: float) -> None:
    for kept, new in zip(averaged.state_dict().values(), network.state_dict().values(), strict=True):
        if kept.dtype.is_floating_point:
            kept.lerp_(new, 1.0 - decay)
        else:
            kept.copy_(new)
