"""The commands from a trained run to a small, fast file: export, quantize, prune."""

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import torch
import typer

from drivermon.config import RuntimeSettings
from drivermon.perception.emotion import EmotionNetwork
from training.calibrate import calibrate, calibration_rows
from training.chips import ChipSet
from training.data_commands import Prepared
from training.drawn import drawn_rows
from training.evaluate import milliseconds_per_chip
from training.export import Deployed, Provenance, register, this_command, told_counts
from training.export import export as export_network
from training.finetune import train
from training.judging import accuracies, chips_for
from training.networks import Network, recipe_of
from training.pixels import logits_of
from training.prune import parameters
from training.prune import prune as narrowed
from training.quantize import quantize as quantize_network
from training.run import BEST, load_best, save_whole
from training.targets import hold_out

LICENCE = "non-commercial research only: FER2013 and inthewild are faces from the web under research terms"
PARITY_CHIPS = 64
ENOUGH_CHIPS = 300
"""Held-out chips below which two temperatures, fourteen offsets and a mix are fitted to chance."""

app = typer.Typer()

Run = Annotated[Path, typer.Argument(help="Folder of the run: checkpoints and log.")]
Out = Annotated[Path, typer.Argument(help="The .onnx file; entered in registry.json beside it.")]
MadeBy = Annotated[str, typer.Option(help="How the run was made, for the metadata.")]
Licence = Annotated[str, typer.Option(help="Under which the weights may be used: that of the pictures.")]


@app.command()
def export(
    chips: Prepared,
    run: Run,
    out: Out,
    made_by: MadeBy = "",
    licence: Licence = LICENCE,
    limit: Annotated[
        int | None,
        typer.Option(min=64, help="Calibrate on so many held-out chips at most; VGG-16 takes 0.3 s each."),
    ] = None,
) -> None:
    """Write a trained network as the one file that the daemon runs.

    Temperatures and the mix of the two heads are fitted on held-out chips. The file replaces an older
    one only if the runtime accepts it and it gives what PyTorch gave.

    Example: python -m training export CHIPS RUN onnx/emotion.onnx
    """
    network = load_best(run)
    learned, held = hold_out(ChipSet.load(chips).part("train", "validation"))
    if limit is not None:
        held = held[drawn_rows(len(held), limit)]
    export_calibrated(network, learned, held, out, made_by or this_command(), licence)
    digest = register(out.stem, out, licence)
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB, SHA-256 {digest}")


@app.command()
def quantize(
    source: Annotated[Path, typer.Argument(help="The exported .onnx file.")],
    chips: Prepared,
    out: Out,
    count: Annotated[int, typer.Option(min=1, help="Training chips that ranges are measured on.")] = 512,
    licence: Licence = LICENCE,
) -> None:
    """Turn an exported network into INT8: a quarter of the size, and faster on many CPUs.

    What it costs is measured on held-out chips; over one point of accuracy nothing is written.

    Example: python -m training quantize onnx/emotion.onnx CHIPS OUT/emotion_int8.onnx
    """
    learned, held = hold_out(ChipSet.load(chips).part("train", "validation"))
    lost = quantize_network(source, learned[drawn_rows(len(learned), count)], held, out)
    print(f"{out}: SHA-256 {register(out.stem, out, licence)}")
    for path in (source, out):
        print(f"{path.name}: {_size_and_speed(path)}")
    for view, points in lost.items():
        print(f"{view}: {0.0 - 100.0 * points:+.2f} points on {len(held)} held-out chips")


@app.command()
def prune(
    chips: Prepared,
    run: Run,
    out: Annotated[
        Path, typer.Argument(help="Folder of the retraining, and of both networks as ONNX files.")
    ],
    ratio: Annotated[float, typer.Option(help="Share of each layer's channels that go, 0 to 1.")] = 0.25,
    epochs: Annotated[int, typer.Option(min=1, help="Passes of retraining.")] = 10,
    learning_rate: Annotated[float, typer.Option(min=0.0, help="Of retraining, at its peak.")] = 1e-3,
    threads: Annotated[int, typer.Option(min=1, help="Of PyTorch.")] = 1,
) -> None:
    """Take the weakest channels out of a trained network, train the rest again, and say what it cost.

    The unpruned network teaches beside the labels. The same command again goes on after a kill. Export
    the pruned network with `python -m training export CHIPS OUT FILE`.

    Example: python -m training prune CHIPS RUN PRUNED --ratio 0.25 --epochs 10
    """
    unpruned = load_best(run)
    narrow = narrowed(unpruned, ratio)
    start = out / "start.pt"
    save_whole(start, narrow.state_dict())
    learned, held = hold_out(ChipSet.load(chips).part("train", "validation"))
    recipe = replace(
        recipe_of("compact"),
        epochs=epochs,
        learning_rate=learning_rate,
        early_rate=1.0,
        init=str(start),
        teachers=(run / BEST,),
        threads=threads,
    )
    retrained = train(learned, out, recipe, held=held)
    stages = {"unpruned": unpruned, "pruned": narrow, "retrained": retrained}
    for name, network in stages.items():
        file = out / f"{name}.onnx"
        export_calibrated(network, learned, held, file, this_command(), LICENCE)
        print(f"{name}: {parameters(network):,} parameters, {_size_and_speed(file)}")
        for view, accuracy in accuracies(EmotionNetwork(file, RuntimeSettings()), held).items():
            print(f"  {view}: {accuracy:.1%} of {len(held)} held-out chips")


def export_calibrated(
    network: Network, learned: ChipSet, held: ChipSet, out: Path, made_by: str, licence: str
) -> None:
    """Fit the calibration on held-out chips and export."""
    fitted = held[calibration_rows(held)]
    calibration = calibrate(logits_of(network, torch.from_numpy(fitted.chips)), fitted)
    data = told_counts(learned.dataset.tolist() + held.dataset.tolist())
    sample = chips_for(network.geometry, fitted.chips[:PARITY_CHIPS])
    provenance = Provenance(data, licence, made_by)
    difference = export_network(Deployed(network, calibration), provenance, sample, out)
    print(f"{out}: differs from PyTorch by at most {difference:.1e} on {len(sample)} chips")
    print(f"fitted on {len(fitted)} held-out chips: {asdict(calibration)}")
    if len(fitted) < ENOUGH_CHIPS:
        print(
            f"{out}: its probabilities are not to be trusted: {len(fitted)} held-out chips are too few to "
            f"calibrate on, want {ENOUGH_CHIPS}; prepare more pictures",
            file=sys.stderr,
        )


def _size_and_speed(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.2f} MB, {milliseconds_per_chip(path):.2f} ms a chip on one thread"
