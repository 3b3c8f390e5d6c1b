"""`drivermon classify`: the faces in pictures and their emotions."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from drivermon.classification import ChipFolder, ClassifiedFace, ClassifiedPicture
from drivermon.classification import classify as classified
from drivermon.cli.display.bars import probability_bars
from drivermon.cli.options import ConfigFile, Overrides, effective
from drivermon.cli.output import complain, console, emit_json, flush
from drivermon.perception import View, open_picture_reader

BAR_COLUMNS = 60
MANY = 4
"""From more than so many pictures on, a face takes one line in place of nine."""


def classify(
    ctx: typer.Context,
    pictures: Annotated[
        list[Path], typer.Argument(metavar="PICTURE...", help="Pictures; folders are walked.")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line for each picture, and nothing else.")
    ] = False,
    chips: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the aligned faces, as the network sees them, to DIR."),
    ] = None,
    cropped: Annotated[
        bool, typer.Option("--cropped", help="The pictures are face crops already: each is one face.")
    ] = False,
    view: Annotated[
        View,
        typer.Option(
            help="Whose opinion: what the daemon reads, or one of the two it is mixed from, as single "
            "annotators or as the votes of ten label a face."
        ),
    ] = "shipped",
    config: ConfigFile = None,
    overrides: Overrides = None,
) -> None:
    """Find the faces in pictures and say which emotion they show.

    An emotion is named when its probability is above one half, else the face is "uncertain".
    A picture without a face is no error; one that can't be read is reported, and the others go on.

    Example, a folder of photographs as JSON: [bold]drivermon classify photos/ --json[/bold]
    """
    settings = effective(ctx, config, overrides).settings
    confidence = settings.emotion.confidence
    reader = open_picture_reader(settings, view)
    folder = None if chips is None else ChipFolder(chips)
    out = None if as_json else console()
    brief = len(pictures) > MANY or any(path.is_dir() for path in pictures)
    failed = False
    for found in classified(pictures, reader, confidence, cropped=cropped):
        if not isinstance(found, ClassifiedPicture):
            complain(found)
            failed = True
            continue
        if folder is not None:
            folder.write(found)
        if out is None:
            emit_json(as_object(found))
        else:
            show(out, found, confidence, brief=brief)
        flush()
    if failed:
        raise typer.Exit(1)


def as_object(picture: ClassifiedPicture) -> dict[str, Any]:
    """Return a picture as it goes out as JSON."""
    return {"source": str(picture.source), "faces": [_face_object(face) for face in picture.faces]}


def _face_object(face: ClassifiedFace) -> dict[str, Any]:
    numbers = face.measurement.model_dump(include={"box", "probabilities", "eyes", "mouth", "pose"})
    return {
        "box": numbers["box"],
        "probabilities": numbers["probabilities"],
        "emotion": face.emotion,
        "eyes": numbers["eyes"],
        "mouth": numbers["mouth"],
        "pose": numbers["pose"],
    }


def show(out: Console, picture: ClassifiedPicture, confidence: float, *, brief: bool) -> None:
    """Print each face of a picture with its verdict and, unless `brief`, its seven bars."""
    title = Text(str(picture.source), "bold")
    if not picture.faces:
        out.print(title + Text("  no face", "bright_black"), soft_wrap=True)
    for number, face in enumerate(picture.faces, start=1):
        which = f"  face {number} of {len(picture.faces)}" if len(picture.faces) > 1 else ""
        line = title + Text(which, "bright_black") + Text("  ") + _verdict(face)
        out.print(line, soft_wrap=True)
        probabilities = face.measurement.probabilities
        if not brief and probabilities is not None:
            for bar in probability_bars(probabilities.vector(), face.emotion, confidence, BAR_COLUMNS):
                out.print(Text("  ") + bar)


def _verdict(face: ClassifiedFace) -> Text:
    probabilities = face.measurement.probabilities
    if probabilities is None:
        return Text("emotion not measured", "bright_black")
    share = max(probabilities.vector())
    if face.emotion is None:
        return Text(f"uncertain {share:.2f}")
    return Text(f"{face.emotion} {share:.2f}", "bright_green")
