"""Train the emotion network on cached chips: reads top to bottom.

Two label views are learned side by side. A part of the training chips, chosen by group, is held
out: it decides when to stop, the temperatures and the mix of the two heads, and nothing else may.
"""

import csv
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from drivermon.errors import OutputError
from training.augment import Augment
from training.calibrate import majority
from training.chips import RIM_PX, ChipSet
from training.networks import HEADS
from training.networks.compact import EmotionNet
from training.run import BEST, LAST, Recipe, Run, load_best, load_weights, save_whole
from training.targets import Rows, hold_out, loss_of, without_repeats

SMALL_SIZE, SMALL_EPOCHS = 0.75, 0.6
"""From scratch, the first epochs see smaller chips: little is lost, and they take half the time."""


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
    rows = Rows.of(learned, taught_by(recipe.teachers, learned))
    # the draw of an epoch varies by a few rows: every step must find a full batch
    steps = max(1, int(len(learned) * 0.98) // recipe.batch)
    run = Run(recipe, recipe.epochs * steps)
    if (folder / LAST).is_file():
        run.load(folder / LAST)
    elif recipe.init is not None:
        run.start_from(recipe.init)
    for epoch in range(int(run.progress["epoch"]), recipe.epochs):
        # seeded by epoch, so that a run taken up again sees what an unbroken one would have seen
        seed = recipe.seed * 1000 + epoch
        torch.manual_seed(seed)
        chip_px = chips.chips.shape[1] - 2 * RIM_PX
        early = recipe.init is None and epoch < SMALL_EPOCHS * recipe.epochs
        augment = Augment(round(SMALL_SIZE * chip_px) if early else chip_px, seed, chip_px)
        loss = _one_epoch(run, rows, augment, steps, recipe)
        run.progress["epoch"] = epoch + 1
        scores = held_out_scores(run.averaged, held)
        _log(folder / "log.csv", {"epoch": epoch + 1, "loss": loss, **scores})
        if sum(scores.values()) > run.progress["best"]:
            run.progress["best"] = sum(scores.values())
            save_whole(folder / BEST, run.averaged.state_dict())
        run.save(folder / LAST)
    return load_best(folder)


def _one_epoch(run: Run, rows: Rows, augment: Augment, steps: int, recipe: Recipe) -> float:
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
        loss = loss_of(logits.float(), batch, recipe.trust if recipe.teachers else 0.0)
        run.step(loss, recipe.ema)
        total += loss.item()
    return total / steps


def taught_by(teachers: tuple[Path, ...], chips: ChipSet) -> Tensor | None:
    """Return the mean probabilities (N, 2, 7) that teachers give to chips and their mirror images.

    Raises:
        SourceError: a teacher's checkpoint is missing or of another network.

    """
    if not teachers:
        return None
    mirrored = np.ascontiguousarray(chips.chips[:, :, ::-1])
    logits = [
        logits_of(network, views)
        for network in map(load_weights, teachers)
        for views in (chips.chips, mirrored)
    ]
    return torch.stack(logits).mean(0).softmax(2)


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


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} can't be written ({error}): name another folder") from error


def _log(path: Path, row: dict[str, float]) -> None:
    try:
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, list(row))
            if file.tell() == 0:
                writer.writeheader()
            writer.writerow({key: round(value, 4) for key, value in row.items()})
    except OSError as error:
        raise OutputError(f"{path} can't be written ({error}): is the disk full?") from error
    print("  ".join(f"{key} {value:.4g}" for key, value in row.items()), flush=True)
