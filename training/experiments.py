"""The published experiments, run again on whatever data is here: networks × data × starting weights.

Every run is kept in a folder of its own and taken up again after a kill. Sets that only judge are
never learned from; they are the unseen people of the generalisation table.
"""

import dataclasses
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from drivermon.errors import SourceError
from training import networks
from training.augment.offline import planned
from training.augment.offline import recipe as changed
from training.chips import ChipSet
from training.face_weights import WEIGHTS, weights_of_faces
from training.files import written_whole
from training.finetune import train
from training.networks import Network
from training.pixels import logits_of, plain
from training.published import OVERFIT_PICTURES
from training.recipe import FACES, Recipe
from training.run import BEST, LAST, read_checkpoint

ORIGINAL, AUGMENTED = "original", "augmented"
CACHE, RESULT = "cache", "result.json"


@dataclass(frozen=True, slots=True)
class Size:
    """How large the experiments are.

    Attributes:
        networks: which of `networks.NETWORKS`.
        starts: which starting weights: "scratch" or "faces".
        weights: files to start from too, by network.
        chips: learned from at most, drawn by seed; `None` for all.
        judged: of each set at most.
        epochs: `None` for each recipe's own.
        batch: `None` for each recipe's own.
        faces: learned from for "faces".
        face_epochs: passes over them.
        timed: pictures whose time is measured; that for 742 is scaled from it.

    """

    networks: tuple[str, ...] = ("alexnet", "vgg16", "resnet101")
    starts: tuple[str, ...] = (FACES,)
    weights: Mapping[str, Path] = field(default_factory=dict)
    chips: int | None = None
    judged: int | None = None
    epochs: int | None = None
    batch: int | None = None
    faces: int = 8000
    face_epochs: int | None = None
    timed: int = OVERFIT_PICTURES


SMOKE = Size(chips=8, judged=1, epochs=1, batch=7, faces=2, face_epochs=1, timed=1)
"""Shows in less than a minute that all parts fit together; its numbers mean nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run came to.

    Attributes:
        network: its name.
        data: original or augmented.
        start: its starting weights.
        chips: learned from, copies included.
        limit: drawn at most, before copies; `None` for all.
        epochs: of them.
        judged: pictures of each set at most; `None` for all.
        timed: pictures whose time was measured.
        parameters: of the network.
        megabytes: of its weights.
        train_s: seconds of its epochs; embeddings and what frozen layers see are shared and not counted.
        cpu_s: seconds of one core for 742 pictures one by one.
        gpu_s: the same on CUDA, `None` without.
        validation, test: accuracy; an undetected face is wrong. `None` without such a part.
        unseen: accuracy on each set that only judges.

    """

    network: str
    data: str
    start: str
    chips: int
    limit: int | None
    epochs: int
    judged: int | None
    timed: int
    parameters: int
    megabytes: float
    train_s: float
    cpu_s: float
    gpu_s: float | None
    validation: float | None
    test: float | None
    unseen: dict[str, float]


def experiments(chips: ChipSet, out: Path, size: Size, seed: int = 0, threads: int = 1) -> list[Outcome]:
    """Run what has not been run yet, and return what everything in `out` came to, earlier calls included.

    Args:
        chips: prepared and split.
        out: receives a folder a run.
        size: how large.
        seed: of the draw and the runs.
        threads: of torch.

    Raises:
        SourceError: there is nothing to learn from, starting weights are missing or do not fit, or `out`
            has the run already at another size.
        OutputError: a folder can't be written.

    """
    torch.set_num_threads(threads)
    parts = {name: _drawn(chips.part(name), size.judged, seed) for name in ("validation", "test")}
    judges = chips.part("judge")
    unseen = {
        str(name): _drawn(judges[judges.dataset == name], size.judged, seed)
        for name in np.unique(judges.dataset)
    }
    faces = chips.part("train")  # they need no labels: `size.chips` does not bound them
    learned = _drawn(faces, size.chips, seed)
    if not (len(learned) and len(parts["validation"])):
        raise SourceError("no chips to learn from or to validate on: run `python -m training split` first")
    for network in size.networks:
        own = [str(size.weights[network])] if network in size.weights else []
        for start in (*size.starts, *own):
            recipe = _recipe(network, start, size, seed, threads)
            for data in (ORIGINAL, AUGMENTED):
                folder = out / f"{network}-{data}-{Path(start).stem}"
                if not _is_done(folder, recipe, size):
                    shown = learned if data == ORIGINAL else augmented(learned, seed)
                    print(f"{folder.name}: {recipe.epochs} epochs of {len(shown)} chips", flush=True)
                    begun = _begun(recipe, faces, out)
                    trained = train(shown, folder, begun, out / CACHE, parts["validation"])
                    _keep(folder, _judged(trained, folder, recipe, data, len(shown), parts, unseen, size))
    return gathered(out)


def gathered(out: Path) -> list[Outcome]:
    """Return what every run in `out` came to, network by network.

    Raises:
        SourceError: a result can't be read.

    """
    order = [*networks.NETWORKS, ORIGINAL, AUGMENTED]
    found = [read(path) for path in sorted(out.glob(f"*/{RESULT}"))]
    return sorted(found, key=lambda one: (order.index(one.network), one.start, order.index(one.data)))


def read(path: Path) -> Outcome:
    """Return what one run came to.

    Raises:
        SourceError: its result can't be read.

    """
    try:
        return Outcome(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise SourceError(
            f"{path} is no result of this version ({error}): delete its folder, and it is run again"
        ) from error


def augmented(chips: ChipSet, seed: int) -> ChipSet:
    """Return chips with copies behind them, as published: every class is filled up to the largest."""
    labels = np.where(chips.detector == "none", -1, chips.original)
    copies = planned(labels, np.random.default_rng(seed), balance=True)
    if not copies:
        return chips
    pixels = [
        changed(chips.chips[copy.row], copy.recipe, np.random.default_rng([seed, copy.row, copy.recipe]))
        for copy in copies
    ]
    more = dataclasses.replace(
        chips[np.array([copy.row for copy in copies])],
        chips=np.stack(pixels),
        attributes=np.array([{"recipe": str(copy.recipe + 1)} for copy in copies], np.object_),
    )
    return ChipSet.join([chips, more])


def seconds_a_picture(network: Network, wide: NDArray[np.uint8], device: torch.device) -> float:
    """Return the mean time of one picture, one by one, from the stored chip to the logits.

    On the CPU it is the processor's time, which a busy machine does not lengthen: seconds of one core.
    """
    network.eval().to(device)
    chips = torch.from_numpy(wide)
    clock = time.perf_counter if device.type == "cuda" else time.process_time
    with torch.inference_mode():
        network(plain(network, chips[:1].to(device)))
        _wait(device)
        began = clock()
        for row in range(len(chips)):
            network(plain(network, chips[row : row + 1].to(device)))
        _wait(device)
    return (clock() - began) / len(chips)


def accuracy(network: Network, chips: ChipSet) -> float | None:
    """Return the share of labelled chips that a network is right about, by the mean of both views."""
    known = chips[chips.original >= 0]
    if not len(known):
        return None
    opinion = logits_of(network, torch.from_numpy(known.chips), batch=32).softmax(2).mean(1)
    right = (opinion.argmax(1).numpy() == known.original) & (known.detector != "none")
    return float(right.mean())


def _recipe(network: str, start: str, size: Size, seed: int, threads: int) -> Recipe:
    own = networks.recipe_of(network)
    return dataclasses.replace(
        own,
        init=start,
        epochs=size.epochs or own.epochs,
        batch=size.batch or own.batch,
        face_limit=size.faces,
        face_epochs=size.face_epochs or own.face_epochs,
        seed=seed,
        threads=threads,
    )


def _begun(recipe: Recipe, faces: ChipSet, out: Path) -> Recipe:
    """Learn faces once for both kinds of data: the runs then start from the file."""
    if recipe.init != FACES:
        return recipe
    folder = out / f"{recipe.network}-{FACES}"
    begun = dataclasses.replace(recipe, init=str(folder / WEIGHTS))
    if (folder / WEIGHTS).is_file():
        return begun
    folder.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    weights_of_faces(faces, folder, out / CACHE, recipe, device)
    return begun


def _judged(
    network: Network,
    folder: Path,
    recipe: Recipe,
    data: str,
    count: int,
    parts: Mapping[str, ChipSet],
    unseen: Mapping[str, ChipSet],
    size: Size,
) -> Outcome:
    state = read_checkpoint(folder / LAST)
    shown = parts["validation"].chips
    shown = shown[np.arange(size.timed) % len(shown)]
    cpu_s = seconds_a_picture(network, shown, torch.device("cpu")) * OVERFIT_PICTURES
    gpu_s = None
    if torch.cuda.is_available():
        gpu_s = seconds_a_picture(network, shown, torch.device("cuda")) * OVERFIT_PICTURES
        network.cpu()
    return Outcome(
        network=recipe.network,
        data=data,
        start=recipe.init if recipe.weights is None else recipe.weights.name,
        chips=count,
        limit=size.chips,
        epochs=recipe.epochs,
        judged=size.judged,
        timed=size.timed,
        parameters=sum(weight.numel() for weight in network.parameters()),
        megabytes=(folder / BEST).stat().st_size / 1e6,
        train_s=0.0 if state is None else float(state["progress"]["seconds"]),
        cpu_s=cpu_s,
        gpu_s=gpu_s,
        validation=accuracy(network, parts["validation"]),
        test=accuracy(network, parts["test"]),
        unseen={
            key: found for key, chips in unseen.items() if (found := accuracy(network, chips)) is not None
        },
    )


def _keep(folder: Path, outcome: Outcome) -> None:
    with written_whole(folder / RESULT) as part:
        part.write_text(json.dumps(dataclasses.asdict(outcome), indent=2) + "\n", "utf-8")
    (folder / LAST).unlink(missing_ok=True)  # up to 1.6 GB that nothing reads any more


def _is_done(folder: Path, recipe: Recipe, size: Size) -> bool:
    if not (folder / RESULT).is_file():
        return False
    done = read(folder / RESULT)
    asked = (size.chips, recipe.epochs, size.judged, size.timed)
    if (done.limit, done.epochs, done.judged, done.timed) != asked:
        raise SourceError(
            f"{folder} was run already at another size ({done.chips} chips, {done.epochs} epochs): "
            "give another folder, or delete this one"
        )
    return True


def _drawn(chips: ChipSet, limit: int | None, seed: int) -> ChipSet:
    """Draw chips at random, but one of every class at least, if there are more than `limit`."""
    if limit is None or len(chips) <= limit:
        return chips
    order = np.random.default_rng(seed).permutation(len(chips))
    _, first = np.unique(chips.original[order], return_index=True)
    later = np.ones(len(order), bool)
    later[first] = False
    return chips[np.sort(order[np.argsort(later, kind="stable")[:limit]])]


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
