"""`drivermon simulate`: render a drive script to a video with its truth."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from drivermon.simulation.drive.recording import USUAL_CRF, Recording, record
from drivermon.simulation.play import load_script, named_scripts
from drivermon.simulation.script.model import Script
from drivermon.simulation.script.settings import read_driver, read_fps, read_size
from drivermon.simulation.script.words import Place, Words


def simulate(
    script: Annotated[
        str | None, typer.Argument(metavar="SCRIPT", help="A drive script, or the name of one that ships.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE.mp4", help="The video; truth, events and pictures go beside it."
        ),
    ] = None,
    fps: Annotated[float | None, typer.Option(help="Frames a second, in place of the script's.")] = None,
    size: Annotated[
        str | None, typer.Option(metavar="WxH", help="Size of the picture, such as 640x480.")
    ] = None,
    driver: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Who drives, as a script says it: a name, or a seed's number."),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=256, help="Processes that render.")] = 1,
    crf: Annotated[
        float, typer.Option(min=0, max=51, help="Quality of the video: 18 best, 30 small.")
    ] = USUAL_CRF,
    pack: Annotated[bool, typer.Option("--pack", help="Gzip the truth.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="List the drives that ship, and leave.")] = False,
) -> None:
    """Render a drive script: a video, its truth, its events and a contact sheet.

    Beside FILE.mp4 come FILE.truth.jsonl, FILE.events.csv, FILE.signals.jsonl and FILE.png.

    Example: [bold]drivermon simulate microsleep --out microsleep.mp4 --jobs 4[/bold]
    """
    if list_:
        _list()
        return
    if script is None or out is None:
        raise typer.BadParameter("give a SCRIPT and --out FILE.mp4; --list shows the drives that ship")
    drive = _changed(load_script(script), fps, size, driver)
    files = Recording.beside(out, packed=pack)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"rendering {drive.name}")
        count = record(
            drive,
            files,
            jobs=jobs,
            crf=crf,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    console.print(f"{count} frames of {drive.length_s:g} s:", highlight=False)
    for path in (files.video, files.truth, files.events, files.signals, files.sheet):
        console.print(f"  {path}  {path.stat().st_size / 1e6:.2f} MB", highlight=False, soft_wrap=True)


def _changed(script: Script, fps: float | None, size: str | None, driver: str | None) -> Script:
    if fps is not None:
        script = replace(script, fps=read_fps(Words(str(fps), Place("--fps", 0))))
    if driver is not None:
        text = f"seed {driver}" if driver.strip().isdecimal() else driver
        script = replace(script, driver=read_driver(Words(text, Place("--driver", 0))))
    if size is not None:
        script = replace(script, camera=read_size(Words(size, Place("--size", 0)), script.camera))
    return script


def _list() -> None:
    console = Console(highlight=False)
    for name in named_scripts():
        script = load_script(name)
        console.print(f"{name:<16} {script.length_s:5g} s  {script.title}")
