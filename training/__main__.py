"""`python -m training COMMAND`: from folders of faces to a network in the daemon, step by step."""

import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import torch
import typer

from drivermon.config import RuntimeSettings
from drivermon.errors import DrivermonError
from drivermon.perception.alignment import DEFAULT_GEOMETRY
from drivermon.perception.emotion import EmotionNetwork
from training import data_commands, evaluate, finetune
from training.calibrate import calibrate, calibration_rows
from training.chips import ChipSet
from training.data_commands import Data, Prepared
from training.datasets import IMPORTERS
from training.export import Deployed, Provenance, register
from training.export import export as export_network
from training.run import Recipe, load_best
from training.targets import hold_out

LICENCE = "non-commercial research only: FER2013 and inthewild are faces from the web under research terms"
PARITY_CHIPS = 64

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(data_commands.app)

Run = Annotated[Path, typer.Argument(help="Folder of the run: checkpoints and log.")]


@app.command()
def train(
    chips: Prepared,
    run: Run,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the training chips.")] = 40,
    learning_rate: Annotated[float, typer.Option(min=0.0, help="At its peak.")] = 2e-3,
    seed: Annotated[int, typer.Option(help="Of weights, order and augmentation.")] = 0,
    threads: Annotated[int, typer.Option(min=1, help="Of PyTorch.")] = 1,
    init: Annotated[Path | None, typer.Option(help="best.pt of an earlier run to start from.")] = None,
    teacher: Annotated[
        list[Path] | None,
        typer.Option(help="best.pt of an earlier run whose opinion is learned too; may be repeated."),
    ] = None,
    trust: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of the teachers in what is learned.")
    ] = 0.5,
) -> None:
    """Train the compact network; the same command again goes on after a kill."""
    recipe = Recipe(
        epochs=epochs,
        learning_rate=learning_rate,
        seed=seed,
        threads=threads,
        init=init,
        teachers=tuple(teacher or ()),
        trust=trust,
    )
    finetune.train(ChipSet.load(chips).part("train", "validation"), run, recipe)


@app.command()
def export(
    chips: Prepared,
    run: Run,
    out: Annotated[Path, typer.Argument(help="The .onnx file; registered in registry.json beside it.")],
    made_by: Annotated[str, typer.Option(help="How the run was made, for the metadata.")] = "",
) -> None:
    """Calibrate on the held-out chips, export, check against PyTorch, register."""
    network = load_best(run)
    _, held = hold_out(ChipSet.load(chips).part("train", "validation"))
    held = held[calibration_rows(held)]
    calibration = calibrate(finetune.logits_of(network, held.chips), held)
    command = shlex.join(["python", "-m", "training", *sys.argv[1:]])
    provenance = Provenance("FER2013 with FER+ votes, inthewild", LICENCE, made_by or command)
    sample = evaluate.inner(held)[:PARITY_CHIPS]
    difference = export_network(Deployed(network, calibration), DEFAULT_GEOMETRY, provenance, sample, out)
    digest = register(out.stem, out, LICENCE)
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB, SHA-256 {digest}")
    print(f"largest difference from PyTorch on {len(sample)} chips: {difference:.1e}")
    print(asdict(calibration))


@app.command(name="evaluate")
def evaluate_command(
    network: Annotated[Path, typer.Argument(help="The .onnx file.")],
    chips: Prepared,
    data: Data,
) -> None:
    """Measure on the FER2013 validation part and on JAFFE, and print a Markdown table."""
    torch.set_num_threads(1)
    opened = EmotionNetwork(network, RuntimeSettings())
    tests = ChipSet.load(chips).part("test")
    rows = evaluate.judge_fer2013(opened, tests[tests.dataset == "fer2013-valid"])
    rows += evaluate.judge_pictures(opened, "JAFFE", list(IMPORTERS["jaffe"].examples(data / "jaffe")))
    print(evaluate.table(rows))
    print(f"\n{evaluate.milliseconds_per_chip(network):.2f} ms a chip on one thread; {opened.digest}")


def main() -> None:
    """Run a command; an error of ours is one line."""
    try:
        app(standalone_mode=True)
    except DrivermonError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
