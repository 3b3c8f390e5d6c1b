"""`drivermon bench`: how fast drivermon is on this computer."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from drivermon.benchmarking.bench import Report, as_object, measure
from drivermon.benchmarking.budget import (
    STAGE_MS,
    Limit,
    Line,
    Verdict,
    judge_stage,
    live_lines,
    replay_lines,
)
from drivermon.benchmarking.running import ending_on_sigterm
from drivermon.benchmarking.spread import Spread
from drivermon.cli.options import ConfigFile, Overrides, effective
from drivermon.cli.output import console
from drivermon.errors import OutputError

BUSY_SHARE = 0.5
"""Of the cores: with more load than that before it began, durations are those of the others, too."""

_COLOURS = {"met": "green", "missed": "yellow"}
_STYLES = {"inside": "bright_black", "sometimes": "bright_black", "sum": "bold"}


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
        float,
        typer.Option(
            min=1.0,
            max=86400.0,
            metavar="N",
            help="How long the daemon is measured.",
        ),
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
    How memory grows is only told by minutes.

    Example: [bold]drivermon bench --seconds 60 --json bench.json[/bold]
    """
    settings = effective(ctx, config, overrides).settings
    with ExitStack() as opened, ending_on_sigterm():
        file = None if json_file is None else opened.enter_context(_opened(json_file))
        with Console(stderr=True).status("reading the pictures", refresh_per_second=2) as status:
            report = measure(settings, source, seconds, status.update)
        if file is not None:
            _write(file, report)
    console().print(Group(_whole(report), _stages(report), _footnote(report)))


def _opened(path: Path) -> TextIO:
    """Open at once: a file that can't be written is to be known before a minute of measuring.

    What it holds stays until there is something to put in its place.
    """
    try:
        return path.open("a", encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"{path}: can't be written: {error.strerror}; check folder and permissions"
        ) from None


def _write(file: TextIO, report: Report) -> None:
    try:
        if file.seekable():
            file.truncate(0)
        json.dump(as_object(report), file, ensure_ascii=False, allow_nan=False, indent=1)
        file.write("\n")
        file.flush()
    except OSError as error:
        raise OutputError(f"{file.name}: can't be written: {error.strerror}; check the disk") from None


def _whole(report: Report) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("the daemon, live, 640x480, 30 fps")
    for name in ("measured", "budget"):
        table.add_column(name, justify="right")
    table.add_column("")
    for line in (*live_lines(report.live), *replay_lines(report.replay)):
        table.add_row(line.name, _value(line), _budget(line.limit), _verdict(line.verdict))
    return table


def _stages(report: Report) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("each stage by itself, ms")
    for name in ("median", "99 %", "longest", "CPU", "budget"):
        table.add_column(name, justify="right")
    table.add_column("")
    for stage in report.stages:
        took = (f"{value:.2f}" for value in (*_shown(stage.took), stage.cpu_ms))
        limit, verdict = STAGE_MS.get(stage.name.strip()), _verdict(judge_stage(stage))
        table.add_row(stage.name, *took, _budget(limit), verdict, style=_STYLES.get(stage.part, ""))
    return table


def _shown(took: Spread) -> tuple[float, float, float]:
    return took.p50_ms, took.p99_ms, took.max_ms


def _footnote(report: Report) -> Text:
    machine = report.machine
    runtime = next((f"{name} {version}" for name, version in machine.packages.items() if "onnx" in name), "")
    told = (
        f"{machine.processor}, {machine.cores} cores, load {machine.load_1min:g} before; "
        f"{report.live.provider or 'emotion off'}, {runtime}; {report.pictures} pictures of {report.source}"
    )
    words = Text(told, "bright_black")
    if machine.load_1min > BUSY_SHARE * machine.cores:
        words.append("\nThis computer was busy before; alone it is quicker. Then CPU counts.", "yellow")
    return words


def _value(line: Line) -> str:
    return f"{line.value:.{line.decimals}f} {line.unit}".rstrip()


def _budget(limit: Limit | None) -> str:
    if limit is None:
        return ""
    bound = f"≤ {limit.most:g}" if limit.most is not None else f"≥ {limit.least:g}"
    return bound if limit.goal is None else f"{bound}, then {limit.goal:g}"


def _verdict(verdict: Verdict | None) -> Text:
    return Text("") if verdict is None else Text(verdict, _COLOURS[verdict])
