"""`drivermon bench`: how fast drivermon is on this computer."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from drivermon.benchmarking.bench import Report, as_object, measure
from drivermon.benchmarking.budget import Limit, Line, live_lines
from drivermon.benchmarking.running import ending_on_sigterm
from drivermon.cli.options import ConfigFile, Overrides, effective
from drivermon.cli.output import console
from drivermon.errors import OutputError

_COLOURS = {"met": "green", "missed": "yellow"}


def bench(
    ctx: typer.Context,
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            "-s",
            metavar="URI",
            help="Recording to show, e.g. one of your own camera.",
            show_default="shipped drive",
        ),
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=1.0, max=86400.0, metavar="N", help="How long the daemon is measured.")
    ] = 30.0,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write all numbers there, with the computer's."),
    ] = None,
    config: ConfigFile = None,
    overrides: Overrides = None,
) -> None:
    """Measure how fast drivermon is on this computer, beside what it may cost.

    Starts a daemon of its own on a camera of 640x480 and 30 pictures a second, which shows the
    recording picture by picture, and listens to it as an alerting app would. A daemon that runs
    already is not disturbed, save that both share the computer.

    A budget that is missed is no error. What else the computer does counts: leave it alone meanwhile.

    Example: [bold]drivermon bench --seconds 60 --json bench.json[/bold]
    """
    settings = effective(ctx, config, overrides).settings
    with ExitStack() as opened, ending_on_sigterm():
        file = None if json_file is None else opened.enter_context(_opened(json_file))
        with Console(stderr=True).status("reading the pictures") as status:
            report = measure(settings, source, seconds, status.update)
        if file is not None:
            _write(file, report)
    console().print(_table(report))


def _opened(path: Path) -> TextIO:
    """Open at once: a file that can't be written is to be known before a minute of measuring."""
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"{path}: can't be written: {error.strerror}; check folder and permissions"
        ) from None


def _write(file: TextIO, report: Report) -> None:
    try:
        json.dump(as_object(report), file, ensure_ascii=False, allow_nan=False, indent=1)
        file.write("\n")
        file.flush()
    except OSError as error:
        raise OutputError(f"{file.name}: can't be written: {error.strerror}; check the disk") from None


def _table(report: Report) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("live, 640x480, 30 fps")
    for name in ("measured", "budget"):
        table.add_column(name, justify="right")
    table.add_column("")
    for line in live_lines(report.live):
        table.add_row(line.name, _value(line), _budget(line.limit), _verdict(line))
    return table


def _value(line: Line) -> str:
    return f"{line.value:.{line.decimals}f} {line.unit}".rstrip()


def _budget(limit: Limit | None) -> str:
    if limit is None:
        return ""
    bound = f"≤ {limit.most:g}" if limit.most is not None else f"≥ {limit.least:g}"
    return bound if limit.goal is None else f"{bound}, then {limit.goal:g}"


def _verdict(line: Line) -> Text:
    return Text("") if line.verdict is None else Text(line.verdict, _COLOURS[line.verdict])
