"""Train an emotion network on prepared chips: reads top to bottom.

Two label views are learned side by side. Held-out chips of other people decide when to stop, the
temperatures and the mix of the two heads, and nothing else may. Networks of the published method that
are given weights learn in their last layers only; what the frozen ones see is computed once.
"""

import csv
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from drivermon.emotions import EMOTIONS
from drivermon.errors import ConfigError, SourceError
from training import networks
from training.augment import Augment
from training.calibrate import majority
from training.chips import RIM_PX, ChipSet
from training.curves import draw_curves
from training.face_weights import weights_of_faces
from training.files import written_whole
from training.frozen import Tail, frozen_features
from training.networks import HEADS, Network, load_weights_into
from training.networks.compact import EmotionNet
from training.networks.unfold import EXPORTED, enlarged_by, read_exported, unfold
from training.pixels import grayed, plain, quick_logits, some
from training.places import Place, joined
from training.recipe import FACES, SCRATCH, Recipe
from training.run import BEST, LAST, Run, begin, load_best, read_checkpoint, save_whole
from training.targets import Rows, hold_out, loss_of, part_of, without_repeats
from training.teachers import taught_by

SMALL_SIZE, SMALL_EPOCHS = 0.75, 0.6
"""From scratch, the first epochs see smaller chips: little is lost, and they take half the time."""
LOG, CURVES = "log.csv", "curves.png"

Prepare = Callable[[Tensor], Tensor]
"""From rows of chips, or of what frozen layers made of them, to what is learned from."""


def train(
    chips: ChipSet, folder: Path, recipe: Recipe, cache: Path | None = None, held: ChipSet | None = None
) -> Network:
    """Train, or go on after a kill, and return the network of the best epoch.

    Args:
        chips: to learn from.
        folder: receives `recipe.json`, after every epoch `last.pt`, `log.csv` and `curves.png`, and
            `best.pt`.
        recipe: all choices.
        cache: keeps what other runs can use again: embeddings of faces, what frozen layers see;
            by default `folder`.
        held: chips that judge every epoch; by default a part of `chips`, other people as far as known.

    Raises:
        OutputError: the folder can't be written.
        ConfigError: the folder has a run of another recipe, crossed teachers did not leave out what they
            are to teach, or the network sees chips at one size only.
        SourceError: chips of a class are missing, or weights or teachers are missing or do not fit.

    """
    learned, held = hold_out(chips) if held is None else (chips, held)
    if recipe.left_out is not None:
        part, parts = recipe.left_out
        learned = learned[part_of(learned, parts) != part - 1]
    _check(learned, held, recipe)
    cache = folder if cache is None else cache
    with joined(recipe.threads) as place:
        if place.first:
            begin(folder, recipe)
        network = started(learned, folder, cache, recipe, place)
        learned = without_repeats(learned)
        rows = Rows.of(
            learned,
            place.told_by_first(lambda: taught_by(recipe, learned)),
            recipe.even,
        )
        shown, learner = torch.from_numpy(held.chips), cast("nn.Module", network)
        frozen = bool(network.trainable) and recipe.init != SCRATCH
        if frozen:
            learner = Tail(network)
            see = partial(frozen_features, network, folder=cache)
            rows = rows.seen_as(place.once_a_machine(lambda: see(learned.chips)))
            shown = place.once_a_machine(lambda: see(held.chips))
        # the draw of an epoch varies by a few rows: every step must find a full batch
        steps = max(1, int(len(learned) * 0.98) // recipe.batch)
        run = Run(network, recipe, recipe.epochs * steps)
        if (state := place.told_by_first(lambda: read_checkpoint(folder / LAST))) is not None:
            run.resume(state)
        wrapped, still = place.wrap(learner), False
        while run.progress["epoch"] < recipe.epochs and not _tired(run, recipe):
            if still != _keeps_early(run, recipe):
                still = not still
                for layer in network.early():
                    layer.requires_grad_(not still)
                wrapped = place.wrap(learner)  # what is averaged over processes has changed
            loss = _one_epoch(run, wrapped, rows, frozen, steps, recipe, place)
            scores = place.told_by_first(
                lambda: held_out_scores(quick_logits(run.averaged, shown, frozen), held)
            )
            better = run.judged(sum(scores.values()))
            if place.first:
                _log(folder, {"epoch": run.progress["epoch"], "loss": loss, **scores})
                if better:
                    save_whole(folder / BEST, run.averaged.state_dict())
                save_whole(folder / LAST, run.state())
        return place.told_by_first(lambda: load_best(folder))


def started(learned: ChipSet, folder: Path, cache: Path, recipe: Recipe, place: Place) -> Network:
    """Return a network with the starting weights and the size that the recipe asks for, on its device."""
    network = _with_weights(learned, folder, cache, recipe, place)
    if recipe.seen_px and isinstance(network, EmotionNet):
        network.enlarged = recipe.seen_px / network.geometry.size_px
    return network


def _with_weights(learned: ChipSet, folder: Path, cache: Path, recipe: Recipe, place: Place) -> Network:
    torch.manual_seed(recipe.seed)
    if recipe.weights is not None and recipe.weights.suffix == EXPORTED:
        return _unfolded(learned, recipe, place)
    given = None if recipe.weights is None else networks.read_weights(recipe.weights)
    network = networks.build(recipe.network, given)
    if recipe.init == SCRATCH:
        return cast("Network", network.to(place.device))
    if given is None:
        given = place.told_by_first(lambda: weights_of_faces(learned, folder, cache, recipe, place.device))
    torch.manual_seed(recipe.seed)  # a new last layer must not depend on whether faces were learned just now
    said = load_weights_into(network, given, recipe.init)
    if place.first:
        print(said, flush=True)
    return cast("Network", network.freeze().to(place.device))


def _unfolded(learned: ChipSet, recipe: Recipe, place: Place) -> Network:
    path = cast("Path", recipe.weights)
    layers = read_exported(path)
    network = networks.build(recipe.network, {f"{name}.weight": layers[name][0] for name in layers})
    if isinstance(network, EmotionNet):
        network.enlarged = enlarged_by(path)
    shown = some(network, learned.chips)
    unfold(network, layers, str(path), lambda: network(shown))
    if place.first:
        print(f"{path}: all layers taken over", flush=True)
    return cast("Network", network.freeze().to(place.device))


def _one_epoch(
    run: Run, learner: nn.Module, rows: Rows, frozen: bool, steps: int, recipe: Recipe, place: Place
) -> float:
    """Learn from every batch, this process from its share of each, and return the mean loss."""
    # seeded by epoch, so that a run taken up again sees what an unbroken one would have seen
    epoch = int(run.progress["epoch"])
    seed = recipe.seed * 1000 + epoch
    torch.manual_seed(seed)
    times = (rows.often + torch.rand(len(rows.often))).long()
    drawn = torch.arange(len(times)).repeat_interleave(times)
    shuffled = drawn[torch.randperm(len(drawn))]
    if place.world > 1:  # all have drawn the same batches; dropout and disturbances shall differ
        seed = seed * place.world + place.rank
        torch.manual_seed(seed)
    prepare = _preparation(run.network, rows.wide, frozen, recipe, epoch, seed)
    learner.train()
    for layer in run.network.early():
        layer.train(not _keeps_early(run, recipe))
    total = torch.zeros((), device=place.device)
    for step in range(steps):
        index = shuffled[step * recipe.batch : (step + 1) * recipe.batch]
        batch = rows.take(index[place.rank :: place.world])
        pixels = prepare(batch.wide).to(place.device)
        with torch.autocast(place.device.type, torch.bfloat16):
            logits = learner(pixels)
        loss = loss_of(logits.float(), batch.to(place.device), recipe.trust if recipe.teachers else 0.0)
        run.step(loss)
        total += loss.detach()
    return float(place.mean(total / steps))


def _preparation(
    network: Network, wide: Tensor, frozen: bool, recipe: Recipe, epoch: int, seed: int
) -> Prepare:
    if frozen:
        return lambda seen: seen.float()
    if not recipe.augmented:
        return partial(plain, network)
    size = network.geometry.size_px
    early = recipe.small_first and recipe.init == SCRATCH and epoch < SMALL_EPOCHS * recipe.epochs
    augment = Augment(round(SMALL_SIZE * size) if early else size, seed, wide.shape[1] - 2 * RIM_PX)

    def disturbed(chips: Tensor) -> Tensor:
        pixels = augment(chips)
        pixels = grayed(pixels) if network.geometry.channels == 1 else pixels
        return pixels.contiguous(memory_format=torch.channels_last)

    return disturbed


def held_out_scores(logits: Tensor, held: ChipSet) -> dict[str, float]:
    """Return the accuracy of each head on its own view of the held-out chips, where they have it."""
    guess = logits.argmax(2).numpy()
    known = held.original >= 0
    by_majority, clear = majority(held)
    views = ((known, held.original), (clear, by_majority))
    return {
        head: float((guess[judged, index] == labels[judged]).mean())
        for index, (head, (judged, labels)) in enumerate(zip(HEADS, views, strict=True))
        if judged.any()
    }


def _keeps_early(run: Run, recipe: Recipe) -> bool:
    return recipe.init == FACES and run.progress["epoch"] < recipe.still * recipe.epochs


def _tired(run: Run, recipe: Recipe) -> bool:
    return 0 < recipe.patience <= run.progress["since"]


def _check(learned: ChipSet, held: ChipSet, recipe: Recipe) -> None:
    with torch.device("meta"):
        network = networks.build(recipe.network)
    if recipe.seen_px and not isinstance(network, EmotionNet):
        raise ConfigError(f"{type(network).__name__} sees chips at one size only: leave --seen-px out")
    labels, told = learned.classes()
    absent = [name for index, name in enumerate(EMOTIONS) if not (labels[told] == index).any()]
    if absent:
        raise SourceError(f"no chip to learn from shows {', '.join(absent)}: prepare a set that has it")
    if not ((held.original >= 0) | majority(held)[1]).any():
        raise SourceError("no labelled chip is held out to judge by: run `python -m training split` anew")
    if len(learned) < recipe.batch:
        raise SourceError(f"{len(learned)} chips to learn from are fewer than one batch of {recipe.batch}")


def _log(folder: Path, row: dict[str, float]) -> None:
    """Enter an epoch in the log, in place of what a killed run may have left of it, and draw the curves."""
    path = folder / LOG
    rows: list[dict[str, str]] = []
    if path.is_file():
        with path.open(newline="") as file:
            rows = [known for known in csv.DictReader(file) if float(known["epoch"]) < row["epoch"]]
    rows.append({key: f"{value:.4g}" for key, value in row.items()})
    with written_whole(path) as part, part.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerows(rows)
    draw_curves(path, folder / CURVES)
    print("  ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
