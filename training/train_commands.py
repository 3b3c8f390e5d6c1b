"""The commands that train: train, networks."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer

from training.chips import ChipSet
from training.data_commands import Prepared
from training.finetune import train as train_network
from training.networks import NETWORKS, build, recipe_of
from training.recipe import SCRATCH

app = typer.Typer()

RunFolder = Annotated[Path, typer.Argument(help="Folder of the run: checkpoints, log.csv, curves.png.")]


@app.command()
def train(
    chips: Prepared,
    run: RunFolder,
    network: Annotated[str, typer.Option(help=f"One of: {', '.join(NETWORKS)}.")] = "compact",
    init: Annotated[
        str,
        typer.Option(
            help="Starting weights: scratch; faces, learned from a face recognition network first; or a "
            "file: best.pt of a run, or a public state dict with torchvision's names. The three classic "
            "networks then learn in their last layers only."
        ),
    ] = SCRATCH,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the training chips.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Chips a step, over all processes.")] = None,
    learning_rate: Annotated[float | None, typer.Option(min=0.0, help="At its peak.")] = None,
    patience: Annotated[
        int | None, typer.Option(min=0, help="Stop after so many epochs without a better held-out score.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Learn from so many chips, drawn by seed.")] = None,
    face_limit: Annotated[int | None, typer.Option(min=1, help="Faces for --init faces; 80 ms each.")] = None,
    face_epochs: Annotated[int | None, typer.Option(min=1, help="Passes over them.")] = None,
    teacher: Annotated[
        list[Path] | None,
        typer.Option(help="best.pt of an earlier run whose opinion is learned too; may be repeated."),
    ] = None,
    trust: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of the teachers in what is learned.")
    ] = 0.5,
    seed: Annotated[int, typer.Option(help="Of weights, order and augmentation.")] = 0,
    threads: Annotated[int, typer.Option(min=1, help="Of PyTorch.")] = 1,
    cache: Annotated[
        Path | None, typer.Option(help="Folder for what other runs can use again; the run's own without it.")
    ] = None,
) -> None:
    """Train a network; the same command again goes on after a kill.

    Without options each network has its own recipe: the compact one ours, the others the published one.
    Several processes or machines: `torchrun --nproc-per-node N -m training train ...`.
    """
    given: dict[str, Any] = {
        "epochs": epochs,
        "batch": batch,
        "learning_rate": learning_rate,
        "patience": patience,
        "face_limit": face_limit,
        "face_epochs": face_epochs,
    }
    recipe = replace(
        recipe_of(network),
        init=init,
        teachers=tuple(teacher or ()),
        trust=trust,
        seed=seed,
        threads=threads,
        **{name: value for name, value in given.items() if value is not None},
    )
    learned = ChipSet.load(chips).part("train", "validation")
    if limit is not None:
        learned = learned[np.sort(np.random.default_rng(seed).permutation(len(learned))[:limit])]
    train_network(learned, run, recipe, cache)


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
