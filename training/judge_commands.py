"""The commands that judge an exported network: evaluate, bias."""

from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from drivermon.config import RuntimeSettings
from drivermon.errors import SourceError
from drivermon.perception.emotion import EmotionNetwork
from training.bias import bias as judge_bias
from training.bias_driver import people
from training.card import write_card
from training.chips import ChipSet
from training.data_commands import Prepared
from training.evaluate import UNSEEN, check_unseen
from training.evaluation_report import report, summary
from training.manifest import CROPPED, Manifest
from training.photographs import told_apart

app = typer.Typer()

Network = Annotated[Path, typer.Argument(help="The exported .onnx file.")]
Out = Annotated[Path, typer.Argument(help="Folder of the report, as Markdown and as one HTML file.")]


@app.command()
def evaluate(
    network: Network,
    chips: Prepared,
    out: Out,
    sets: Annotated[
        list[str] | None,
        typer.Option(help="Set to judge on; may be repeated. Without it, all there are."),
    ] = None,
    card: Annotated[
        bool, typer.Option(help="Write the network's card beside it; its section of known weaknesses stays.")
    ] = False,
    photographs: Annotated[
        bool,
        typer.Option(
            "--photographs",
            help="Judge pictures apart whose photograph was learned too, cut or stored otherwise: 10 ms of "
            "face recognition a picture, kept in CHIPS.",
        ),
    ] = False,
    faces: Annotated[
        bool, typer.Option(help="Show the surest mistakes. Pictures of people: keep the report to yourself.")
    ] = False,
) -> None:
    """Judge a network on pictures it never learned from: the test parts and the sets that only judge.

    It is run as the daemon runs it. A picture in which no face was found counts as wrong; of sets
    that were prepared as face crops every picture is judged.

    Example: python -m training evaluate onnx/emotion.onnx CHIPS REPORT
    """
    torch.set_num_threads(1)
    prepared = ChipSet.load(chips)
    unseen = prepared.part(*UNSEEN)
    if sets:
        known = sorted(set(unseen.dataset.tolist()))
        if absent := sorted(set(sets) - set(known)):
            raise SourceError(
                f"{chips} has nothing unseen of {', '.join(absent)}; there is {', '.join(known) or 'none'}"
            )
        unseen = unseen[np.isin(unseen.dataset, sets)]
    if not len(unseen):
        raise SourceError(f"{chips} has no part to judge on: run `python -m training split {chips}`")
    check_unseen(network, prepared, unseen.dataset.tolist())
    if photographs:
        unseen = told_apart(unseen, prepared.part("train", "validation"), chips)
    cropped = Manifest.load(chips).notes.get(CROPPED, "").split(", ")
    verdicts = report(network, unseen, out, cropped=cropped, with_faces=faces)
    print(summary(verdicts))
    print(f"\n{out / 'evaluation.html'}")
    if card:
        print(write_card(EmotionNetwork(network, RuntimeSettings()), network, verdicts))


@app.command()
def bias(
    network: Network,
    out: Out,
    cache: Annotated[
        Path | None, typer.Option(help="Folder for chips of rendered people; OUT/cache without it.")
    ] = None,
    faces: Annotated[int, typer.Option(min=1, help="Different faces of each skin tone, age and sex.")] = 1,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that render.")] = 1,
) -> None:
    """Judge a network on synthetic drivers who differ in skin tone, age or sex, all else equal.

    The first call renders: some minutes for 48 people. Another network of the same chips is judged from
    the cache in seconds.

    Example: python -m training bias onnx/emotion.onnx REPORT
    """
    torch.set_num_threads(1)
    _, gap = judge_bias(network, cache or out / "cache", out, jobs, people(faces))
    print(gap)
    print(out / "bias.html")
