"""Train the emotion network on cached chips: reads top to bottom.

Two label views are learned side by side. A part of the training chips, chosen by group, is held
out: it decides when to stop, the temperatures and the mix of the two heads, and nothing else may.
"""

import copy
import csv
import math
import zlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from drivermon.emotions import EMOTIONS
from drivermon.errors import OutputError, SourceError
from training.augment import Augment
from training.calibrate import majority
from training.chips import RIM_PX, ChipSet
from training.network import HEADS, EmotionNet

HELD_OUT_PERCENT = 8
LABEL_SMOOTHING = 0.05
MIN_VOTES = 5
"""FER+ rows with fewer of their ten votes on the seven classes teach nothing about them."""
WARM_UP = 0.1
MAX_GRADIENT = 2.0
SMALL_SIZE, SMALL_EPOCHS = 0.75, 0.6
"""The first epochs see smaller chips: little is lost, and they take half the time."""
LAST, BEST = "last.pt", "best.pt"
STATEFUL = ("network", "averaged", "optimizer", "schedule")
EVENING = 0.5
"""Rare classes are drawn more often: by this power of how rare they are."""


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

    """

    epochs: int = 12
    batch: int = 128
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    ema: float = 0.998
    seed: int = 0
    threads: int = 1


def hold_out(chips: ChipSet, percent: int = HELD_OUT_PERCENT) -> tuple[ChipSet, ChipSet]:
    """Split into training and held-out chips; a group stands on one side only, whatever the order."""
    held = np.array([zlib.crc32(group.encode()) % 100 < percent for group in chips.group])
    return chips[~held], chips[held]


def without_repeats(chips: ChipSet) -> ChipSet:
    """Keep the first picture of every group of near-identical ones (SMILEs and others have none)."""
    fer = np.char.startswith(chips.dataset, "fer2013")
    _, first = np.unique(chips.group, return_index=True)
    keep = ~fer
    keep[first] = True
    return chips[keep]


@dataclass(frozen=True, slots=True)
class Rows:
    """Training chips as tensors, row by row.

    Attributes:
        wide: uint8 (N, W, W).
        original: int64 (N,), -1 without.
        shares: float32 (N, 7), share of the votes for each class.
        weights: float32 (N,), how much the votes count; 0 without.
        happy: int64 (N,), 1, 0, or -1 for unknown.
        often: float32 (N,), how often the row is drawn in an epoch, 1 on average.

    """

    wide: Tensor
    original: Tensor
    shares: Tensor
    weights: Tensor
    happy: Tensor
    often: Tensor

    @classmethod
    def of(cls, chips: ChipSet) -> "Rows":
        """Turn labels into targets."""
        total = chips.votes.sum(1, keepdims=True)
        weights = np.where(total[:, 0] >= MIN_VOTES, total[:, 0] / 10.0, 0.0)
        labels = np.where(chips.original >= 0, chips.original, chips.votes.argmax(1))
        rarity = 1.0 / np.maximum(np.bincount(labels, minlength=len(EMOTIONS)), 1)
        often = rarity[labels] ** EVENING
        return cls(
            wide=torch.from_numpy(chips.chips),
            original=torch.from_numpy(chips.original),
            shares=torch.from_numpy(chips.votes / np.maximum(total, 1.0)).float(),
            weights=torch.from_numpy(weights).float(),
            happy=torch.from_numpy(chips.happy),
            often=torch.from_numpy(often / often.mean()).float(),
        )

    def take(self, index: Tensor) -> "Rows":
        """Return the given rows."""
        return Rows(*(getattr(self, field.name)[index] for field in fields(self)))


def loss_of(logits: Tensor, rows: Rows) -> Tensor:
    """Return the mean loss of both heads over what each row knows.

    A row that only says happy or not pulls the votes head towards or away from happy, and lets the
    other classes share the rest as they like.
    """
    by_original, by_votes = (head.log_softmax(1) for head in logits.unbind(1))
    known, partial = rows.original >= 0, rows.happy >= 0
    loss_original = nn.functional.cross_entropy(
        by_original[known], rows.original[known], label_smoothing=LABEL_SMOOTHING, reduction="sum"
    )
    loss_votes = -(rows.weights[:, None] * rows.shares * by_votes).sum()
    happy = by_votes[partial, EMOTIONS.index("happy")].exp().clamp(1e-4, 1.0 - 1e-4)
    said = torch.where(rows.happy[partial] == 1, 1.0 - LABEL_SMOOTHING, LABEL_SMOOTHING)
    loss_partial = nn.functional.binary_cross_entropy(happy, said, reduction="sum")
    return (loss_original + loss_votes + loss_partial) / len(logits)


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

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        parts = {name: getattr(self, name).state_dict() for name in STATEFUL}
        _save(path, {"progress": self.progress, **parts})

    def load(self, path: Path) -> None:
        """Take up a run again."""
        stored = torch.load(path, weights_only=True)
        self.progress = stored["progress"]
        for name in STATEFUL:
            getattr(self, name).load_state_dict(stored[name])


def train(chips: ChipSet, folder: Path, recipe: Recipe) -> EmotionNet:
    """Train, or go on after a kill, and return the averaged network of the best epoch.

    `folder` receives `last.pt` and a row of `log.csv` after every epoch, and `best.pt`.

    Raises:
        OutputError: the folder can't be written.

    """
    _make_folder(folder)
    torch.set_num_threads(recipe.threads)
    learned, held = hold_out(chips)
    learned = without_repeats(learned)
    rows = Rows.of(learned)
    # the draw of an epoch varies by a few rows: every step must find a full batch
    steps = max(1, int(len(learned) * 0.98) // recipe.batch)
    run = Run(recipe, recipe.epochs * steps)
    if (folder / LAST).is_file():
        run.load(folder / LAST)
    for epoch in range(int(run.progress["epoch"]), recipe.epochs):
        # seeded by epoch, so that a run taken up again sees what an unbroken one would have seen
        seed = recipe.seed * 1000 + epoch
        torch.manual_seed(seed)
        chip_px = chips.chips.shape[1] - 2 * RIM_PX
        early = epoch < SMALL_EPOCHS * recipe.epochs
        augment = Augment(round(SMALL_SIZE * chip_px) if early else chip_px, seed, chip_px)
        loss = _one_epoch(run, rows, augment, steps, recipe)
        run.progress["epoch"] = epoch + 1
        scores = held_out_scores(run.averaged, held)
        _log(folder / "log.csv", {"epoch": epoch + 1, "loss": loss, **scores})
        if sum(scores.values()) > run.progress["best"]:
            run.progress["best"] = sum(scores.values())
            _save(folder / BEST, run.averaged.state_dict())
        run.save(folder / LAST)
    return load_best(folder)


def _one_epoch(run: Run, rows: "Rows", augment: Augment, steps: int, recipe: Recipe) -> float:
    """Draw rare classes more often, learn from every batch, and return the mean loss."""
    times = (rows.often + torch.rand(len(rows.often))).long()
    drawn = torch.arange(len(times)).repeat_interleave(times)
    shuffled = drawn[torch.randperm(len(drawn))]
    run.network.train()
    total = 0.0
    for step in range(steps):
        batch = rows.take(shuffled[step * recipe.batch : (step + 1) * recipe.batch])
        pixels = augment(batch.wide).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            logits = run.network(pixels)
        loss = loss_of(logits.float(), batch)
        run.step(loss, recipe.ema)
        total += loss.item()
    return total / steps


def load_best(folder: Path) -> EmotionNet:
    """Return the averaged network of the best epoch of a run.

    Raises:
        SourceError: the folder holds none.

    """
    path = folder / BEST
    if not path.is_file():
        raise SourceError(f"{path} is missing: train first with `python -m training train`")
    network = EmotionNet()
    network.load_state_dict(torch.load(path, weights_only=True))
    network.eval()
    return network


@torch.inference_mode()
def logits_of(network: EmotionNet, chips: NDArray[np.uint8], batch: int = 256) -> Tensor:
    """Return logits (N, 2, 7) of the unchanged middle of wide chips."""
    network.eval()
    inner = torch.from_numpy(chips[:, RIM_PX:-RIM_PX, RIM_PX:-RIM_PX])
    return torch.cat([network(part[:, None].float()) for part in inner.split(batch)])


def held_out_scores(network: EmotionNet, held: ChipSet) -> dict[str, float]:
    """Return the accuracy of each head on its own view of the held-out chips."""
    guess = logits_of(network, held.chips).argmax(2).numpy()
    known = held.original >= 0
    by_majority, clear = majority(held)
    return {
        HEADS[0]: float((guess[known, 0] == held.original[known]).mean()),
        HEADS[1]: float((guess[clear, 1] == by_majority[clear]).mean()),
    }


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


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} can't be written ({error}): name another folder") from error


def _save(path: Path, value: object) -> None:
    part = path.with_suffix(".part")
    try:
        torch.save(value, part)
        part.replace(path)
    except (OSError, RuntimeError) as error:
        raise OutputError(
            f"{path} can't be written ({error}): is the disk full, the folder yours?"
        ) from error


def _log(path: Path, row: dict[str, float]) -> None:
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if file.tell() == 0:
            writer.writeheader()
        writer.writerow({key: round(value, 4) for key, value in row.items()})
    print("  ".join(f"{key} {value:.4g}" for key, value in row.items()), flush=True)
