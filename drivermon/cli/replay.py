"""`drivermon replay`: recorded drives through the whole corridor, into JSON lines."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from drivermon.cli.options import ConfigFile, Overrides, effective
from drivermon.cli.output import complain, console
from drivermon.config import Settings
from drivermon.errors import DrivermonError, SourceError
from drivermon.replay import Replayer, Summary, check_names
from drivermon.sources import Source, open_source


def replay(
    ctx: typer.Context,
    drives: Annotated[
        list[str],
        typer.Argument(
            metavar="DRIVE...",
            help="Video files, folders of pictures, recorded observations (.jsonl), or sim:NAME.",
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Folder for NAME.jsonl of each drive.")
    ] = None,
    publish: Annotated[
        bool,
        typer.Option("--publish", help="Put the drives on the bus, one after another, in place of --out."),
    ] = False,
    speed: Annotated[
        float, typer.Option(min=0.1, max=20.0, metavar="X", help="With --publish: 1 is real time.")
    ] = 1.0,
    config: ConfigFile = None,
    overrides: Overrides = None,
) -> None:
    """Judge recorded drives again, and write what was seen, understood and alerted.

    Writes DIR/NAME.jsonl for each drive, NAME being the stem of its file: one JSON object a line,
    {"type": "drive" | "observation" | "gap" | "signal" | "state" | "alert", "t": seconds, ...}.
    Twice the same drive gives the same bytes. A NAME.jsonl can itself be replayed, with other
    thresholds, without its pictures.

    With --publish they go on the bus as if they happened now, for developing an app that listens.

    Example: drivermon replay drives/*.mp4 --out out/
    """
    if (out is None) is not publish:
        raise typer.BadParameter("give either --out DIR or --publish")
    settings = effective(ctx, config, overrides).settings
    if out is None:
        _publish(drives, settings, speed)
        return
    with ExitStack() as opened:
        sources, failures = _open(drives, settings, opened)
        check_names(sources)
        summaries = _replay(sources, out, settings) if sources else []
    if summaries:
        console().print(_table(summaries))
    failures += [summary.error for summary in summaries if summary.error is not None]
    for failure in failures:
        complain(failure)
    if failures:
        raise typer.Exit(failures[0].exit_code)


def _publish(drives: list[str], settings: Settings, speed: float) -> None:
    # loaded only here: the bus and its threads are no part of a replay into files
    from drivermon.daemon.running import publish_recording  # noqa: PLC0415

    for drive in drives:
        publish_recording(drive, settings, speed)


def _open(
    drives: list[str], settings: Settings, opened: ExitStack
) -> tuple[list[Source], list[DrivermonError]]:
    """Open all drives; one that can't be opened does not keep the others from being replayed."""
    sources: list[Source] = []
    failures: list[DrivermonError] = []
    for drive in drives:
        try:
            sources.append(opened.enter_context(open_source(drive, settings)))
        except SourceError as error:
            failures.append(error)
    return sources, failures


def _replay(sources: list[Source], out: Path, settings: Settings) -> list[Summary]:
    replayer = Replayer(settings)
    summaries = []
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        for source in sources:
            task = progress.add_task(source.stem, total=source.frame_count)

            def show(frames: int, _: float, task: TaskID = task) -> None:
                progress.update(task, completed=frames)

            summaries.append(replayer.replay(source, out, show))
            source.close()
            progress.remove_task(task)
    return summaries


def _table(summaries: list[Summary]) -> Table:
    table = Table(title="Replayed", title_justify="left")
    table.add_column("drive")
    for name in ("length", "frames", "face found", "speed"):
        table.add_column(name, justify="right")
    for name in ("emotions", "alerts raised"):
        table.add_column(name)
    for summary in summaries:
        faces = f"{summary.faces / summary.frames:.1%}" if summary.frames else "-"
        speed = f"{summary.duration_s / summary.wall_s:.1f}x" if summary.wall_s else "-"
        emotions = sorted(summary.emotions.items(), key=lambda item: -item[1])
        table.add_row(
            f"{summary.name}{' [red]broken off[/red]' if summary.error else ''}",
            f"{summary.duration_s:.1f} s",
            str(summary.frames),
            faces,
            speed,
            ", ".join(f"{name} {seconds:.1f} s" for name, seconds in emotions if seconds >= 0.1) or "-",
            ", ".join(f"{kind} {count}" for kind, count in summary.raised.items()) or "-",
        )
    return table
