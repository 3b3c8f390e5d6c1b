"""The commands that make and divide what is learned from: prepare, split, leak, augment."""

from pathlib import Path
from typing import Annotated

import typer

from drivermon.errors import ConfigError
from drivermon.perception.alignment import DEFAULT_GEOMETRY, ChipGeometry
from training.augment.offline import augment as augment_chips
from training.datasets import IMPORTERS
from training.leak import leak_table, leaks
from training.manifest import Manifest
from training.prepare import REPORT
from training.prepare import prepare as prepare_chips
from training.split import By, divided, split_table, untaught

app = typer.Typer()

Data = Annotated[Path, typer.Argument(help=f"Folder with one folder a set, of: {', '.join(IMPORTERS)}.")]
Prepared = Annotated[Path, typer.Argument(help="Folder of prepared chips.")]
Seed = Annotated[int, typer.Option(min=0, help="Of the draw.")]


@app.command()
def prepare(
    data: Data,
    out: Prepared,
    sets: Annotated[
        list[str] | None, typer.Option(help="Set to prepare; may be repeated. All that are there without it.")
    ] = None,
    size: Annotated[int, typer.Option(min=32, help="Side of the network's chips, pixels.")] = 64,
    cropped: Annotated[
        list[str] | None,
        typer.Option(
            help="Set whose pictures are faces cut out: each counts as one face; may be repeated. "
            "Those of fer2013, crops and others always are."
        ),
    ] = None,
    channels: Annotated[int, typer.Option(help="1 for gray, 3 for colour.")] = 1,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Find and align every face as the daemon would, drop what repeats, and write chips and manifest.

    A run that was killed goes on where it was; a run that is done changes nothing.

    Example: python -m training prepare DATA CHIPS --jobs 2
    """
    if channels not in (1, 3):
        raise ConfigError(f"--channels is {channels}; give 1 for gray or 3 for colour")
    geometry = ChipGeometry(size, DEFAULT_GEOMETRY.left_eye, channels)  # type: ignore[arg-type]
    names = sets or [name for name in IMPORTERS if (data / name).is_dir()]
    manifest = prepare_chips(data, out, names, geometry, jobs, cropped or ())
    print((out / REPORT).read_text(encoding="utf-8"))
    print(f"{len(manifest)} chips in {out}; divide them with `python -m training split {out}`")


@app.command()
def split(
    out: Prepared,
    by: Annotated[By, typer.Option(help="By subject; or by image, the way that was published.")] = "subject",
    seed: Seed = 0,
) -> None:
    """Divide prepared chips into training, validation and test, and write that into the manifest.

    Official test parts stay what they are. Refused where a person or a picture would stand on two sides.

    Example: python -m training split CHIPS
    """
    manifest = divided(Manifest.load(out), by, seed)
    manifest.save(out)
    print(split_table(manifest))
    if absent := untaught(manifest):
        print(f"No picture of {', '.join(absent)} is left to learn from: prepare a set that has it.")


@app.command()
def leak(out: Prepared, seed: Seed = 0) -> None:
    """Split both ways, without writing, and show side by side what of the test part training has seen."""
    print(leak_table(leaks(Manifest.load(out), seed)))


@app.command()
def augment(
    chips: Prepared,
    out: Annotated[Path, typer.Argument(help="Folder for the chips with their copies.")],
    balance: Annotated[
        bool, typer.Option(help="Fill every class up to the largest; else copy all four times.")
    ] = True,
    seed: Seed = 0,
) -> None:
    """Copy training chips by the four published recipes: flipped, turned, blurred and noisy.

    Validation, test and judging parts are written as they are.
    """
    manifest = augment_chips(chips, out, seed, balance=balance)
    print(split_table(manifest))
