"""The commands that train: train, average, networks, experiments."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from drivermon.errors import ConfigError
from drivermon.perception.alignment import DEFAULT_GEOMETRY
from training.average import averaged
from training.chips import ChipSet
from training.data_commands import Prepared
from training.datasets import IMPORTERS
from training.drawn import drawn_rows
from training.experiments import SMOKE, Size, experiments
from training.experiments_report import MARKDOWN, write_report
from training.finetune import train as train_network
from training.manifest import MANIFEST, Manifest
from training.networks import NETWORKS, build, recipe_of
from training.prepare import prepare as prepare_chips
from training.published import OVERFIT_PICTURES
from training.run import BEST, save_whole
from training.split import SPLIT_BY, divided

app = typer.Typer()

RunFolder = Annotated[Path, typer.Argument(help="Folder of the run: checkpoints, log.csv, curves.png.")]


@app.command()
def train(
    chips: Prepared,
    run: RunFolder,
    network: Annotated[str, typer.Option(help=f"One of: {', '.join(NETWORKS)}.")] = "compact",
    init: Annotated[
        str | None,
        typer.Option(
            help="Starting weights: scratch; faces, those of a face recognition network or learned from it "
            "first; or a file: best.pt of a run, an exported .onnx, or a public state dict with "
            "torchvision's names. The three classic networks then learn in their last layers only. Without "
            "it faces for the compact and the large network, scratch for others."
        ),
    ] = None,
    seen_px: Annotated[
        int | None,
        typer.Option(
            min=56,
            help="Size at which the compact or the large network sees chips, pixels; that of the starting "
            "weights without it. Larger is slower.",
        ),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the training chips.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Chips a step, over all processes.")] = None,
    learning_rate: Annotated[float | None, typer.Option(min=0.0, help="At its peak.")] = None,
    patience: Annotated[
        int | None, typer.Option(min=0, help="Stop after so many epochs without a better held-out score.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Learn from so many chips, drawn by seed.")] = None,
    face_limit: Annotated[int | None, typer.Option(min=1, help="Faces for --init faces; 10 ms each.")] = None,
    face_epochs: Annotated[int | None, typer.Option(min=1, help="Passes over them.")] = None,
    teacher: Annotated[
        list[Path] | None,
        typer.Option(help="best.pt of an earlier run whose opinion is learned too; may be repeated."),
    ] = None,
    unlabelled_teacher: Annotated[
        list[Path] | None,
        typer.Option(help="The same, for chips without a class in place of --teacher; may be repeated."),
    ] = None,
    crossed: Annotated[
        bool,
        typer.Option("--crossed", help="Teacher k of n teaches part k alone, which it was trained without."),
    ] = False,
    leave_out: Annotated[
        str | None,
        typer.Option(metavar="K/N", help="Do not learn from part K of N, so that this run can teach it."),
    ] = None,
    informed: Annotated[
        bool, typer.Option("--informed", help="Teachers see the votes before they name the original label.")
    ] = False,
    trust: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Share of the teachers in what is learned; 0.5 without it."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of weights, order and augmentation.")] = 0,
    threads: Annotated[int, typer.Option(min=1, help="Of PyTorch.")] = 1,
    cache: Annotated[
        Path | None, typer.Option(help="Folder for what other runs can use again; the run's own without it.")
    ] = None,
) -> None:
    """Train a network; the same command again goes on after a kill.

    Without options each network has its own recipe: the compact one ours, the others the published one.
    Several processes or machines: `torchrun --nproc-per-node N -m training train ...`.

    Example: python -m training train CHIPS RUN
    """
    if not teacher and (crossed or informed or unlabelled_teacher or trust is not None):
        raise ConfigError(
            "--unlabelled-teacher, --crossed, --informed and --trust want teachers of labelled chips too: "
            "name one with --teacher RUN/best.pt"
        )
    given: dict[str, Any] = {
        "init": init,
        "seen_px": seen_px,
        "epochs": epochs,
        "batch": batch,
        "learning_rate": learning_rate,
        "patience": patience,
        "trust": trust,
        "face_limit": face_limit,
        "face_epochs": face_epochs,
    }
    recipe = replace(
        recipe_of(network),
        teachers=tuple(teacher or ()),
        unlabelled_teachers=tuple(unlabelled_teacher or ()),
        crossed=crossed,
        left_out=None if leave_out is None else _part(leave_out),
        informed=informed,
        seed=seed,
        threads=threads,
        **{name: value for name, value in given.items() if value is not None},
    )
    learned = ChipSet.load(chips).part("train", "validation")
    if limit is not None:
        learned = learned[drawn_rows(len(learned), limit, seed)]
    train_network(learned, run, recipe, cache)


def _part(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts) and int(parts) > 1):
        raise ConfigError(f"--leave-out is {text}; give a part and of how many, such as 1/2 or 2/2")
    return int(part), int(parts)


@app.command()
def average(
    out: RunFolder,
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs that began at the same weights.")],
) -> None:
    """Write the mean of several runs' weights as a run: to go on from with --init, or to export.

    Example: python -m training average MEAN A B
    """
    mean = averaged([run / BEST for run in runs])
    save_whole(out / BEST, mean)
    print(f"{out / BEST}: mean of {len(runs)} runs")


@app.command(name="networks")
def list_networks() -> None:
    """List the networks that can be trained, with their size and recipe."""
    for name, entry in NETWORKS.items():
        with torch.device("meta"):
            network = build(name)
        count = sum(weight.numel() for weight in network.parameters())
        size, recipe = network.geometry.size_px, entry.recipe
        print(
            f"{name:10} {count:>11,} parameters, chips of {size} px; {recipe.epochs} epochs, "
            f"batch {recipe.batch}, {recipe.optimizer} at {recipe.learning_rate}"
        )


@app.command(name="experiments")
def experiments_command(
    data: Annotated[Path, typer.Argument(help="Prepared chips, or a folder of sets to prepare first.")],
    out: Annotated[Path, typer.Argument(help="Receives a folder a run, experiments.md and experiments.csv.")],
    network: Annotated[
        list[str] | None,
        typer.Option(help="May be repeated. The published three without it."),
    ] = None,
    start: Annotated[
        list[str] | None, typer.Option(help="scratch or faces; may be repeated. faces without it.")
    ] = None,
    weights: Annotated[
        list[str] | None, typer.Option(help="File to start from too, as NETWORK=PATH; may be repeated.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=7, help="Learn from so many chips at most.")] = None,
    judged: Annotated[int | None, typer.Option(min=7, help="Judge on so many of each set at most.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="In place of the published 30.")] = None,
    faces: Annotated[int, typer.Option(min=1, help="Faces to learn the starting weights from.")] = 8000,
    face_epochs: Annotated[int | None, typer.Option(min=1, help="Passes over them.")] = None,
    timed: Annotated[int, typer.Option(min=1, help="Pictures to time.")] = OVERFIT_PICTURES,
    smoke: Annotated[bool, typer.Option("--smoke", help="Only show that all parts fit together.")] = False,
    seed: Annotated[int, typer.Option(help="Of the draw and the runs.")] = 0,
    threads: Annotated[int, typer.Option(min=1, help="Of PyTorch.")] = 1,
) -> None:
    """Run the published experiments again on the data that is here; goes on after a kill.

    Three networks, on original and on augmented pictures, from each starting weights; then the table of
    generalisation on the sets that only judge. The published numbers stand beside ours. The tables hold every
    run in OUT: networks may be run one call after the other.

    Example: python -m training experiments CHIPS OUT --network alexnet
    """
    size = SMOKE if smoke else Size(chips=limit, judged=judged, epochs=epochs, faces=faces, timed=timed)
    size = replace(
        size,
        networks=tuple(network or size.networks),
        starts=tuple(start or size.starts),
        weights=dict(_named(text) for text in weights or ()),
        face_epochs=face_epochs or size.face_epochs,
    )
    chips = data if (data / MANIFEST).is_file() else prepared(data, out / "chips")
    notes = Manifest.load(chips).notes
    outcomes = experiments(ChipSet.load(chips), out, size, seed, threads)
    write_report(outcomes, out, notes.get(SPLIT_BY, "subject"))
    print((out / MARKDOWN).read_text("utf-8"))


def prepared(data: Path, out: Path) -> Path:
    """Prepare and split all sets that are in a folder, unless that has been done."""
    names = [name for name in IMPORTERS if (data / name).is_dir()]
    divided(prepare_chips(data, out, names, DEFAULT_GEOMETRY, 1)).save(out)
    return out


def _named(text: str) -> tuple[str, Path]:
    name, _, path = text.partition("=")
    if name not in NETWORKS or not path:
        raise ConfigError(f"--weights {text}: give NETWORK=PATH, with one of {', '.join(NETWORKS)}")
    return name, Path(path)
