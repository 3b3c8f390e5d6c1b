"""`drivermon evaluate`: how well the alerts of recorded drives answer what really happened."""

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

from drivermon.cli.options import ConfigFile, Overrides, effective
from drivermon.cli.output import complain, console, emit_json
from drivermon.config import Settings
from drivermon.errors import DrivermonError, OutputError
from drivermon.evaluation.labels import labels_of, refuse_beyond
from drivermon.evaluation.matching import TOLERANCE_S, Matched, episodes, match
from drivermon.evaluation.report import Judged, Rate, Score, by_topic, events, score
from drivermon.evaluation.timeline import draw
from drivermon.evaluation.watching import Watched, watch
from drivermon.replay import Replayer
from drivermon.simulation.drive.labels import Label
from drivermon.sources import Source, open_source


def evaluate(
    ctx: typer.Context,
    drives: Annotated[
        list[str],
        typer.Argument(
            metavar="DRIVE...", help="Video files, recorded observations (.jsonl), or sim:NAME, with labels."
        ),
    ],
    labels: Annotated[
        Path | None,
        typer.Option(
            "--labels",
            "-l",
            metavar="FILE",
            help="CSV clip,event,start_s,end_s,remark; else STEM.events.csv or labels.csv beside a drive.",
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", "-p", metavar="FILE.svg", help="Draw truth, state and alerts over time."),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(min=0.0, max=10.0, metavar="S", help="Seconds that an alert may lie beside its event."),
    ] = TOLERANCE_S,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object in place of tables.")] = False,
    config: ConfigFile = None,
    overrides: Overrides = None,
) -> None:
    """Compare the alerts of drives with labelled events.

    Says how many of the events that were due an alert got one (95 % interval after Wilson; over all drives
    also with the drives drawn again), how many alerts nothing explains, an hour and with the upper 95 % bound
    of a Poisson rate, and how long after its start an event was told. Simulated drives carry their truth.

    Example: drivermon evaluate drives/*.mp4 --picture drives.svg
    """
    if picture is not None and picture.suffix.lower() != ".svg":
        raise typer.BadParameter(f"{picture}: the picture is SVG; name it {picture.stem or 'drives'}.svg")
    settings = effective(ctx, config, overrides).settings
    results, failures = _judge(drives, labels, settings, tolerance)
    judged = [Judged(watched.name, watched.duration_s, matched) for watched, matched in results]
    if picture is not None and results:
        _write(picture, draw(results))
    if as_json:
        emit_json(_document(judged, tolerance))
    elif judged:
        _print(judged)
    for failure in failures:
        complain(failure)
    if failures:
        raise typer.Exit(failures[0].exit_code)


def _judge(
    drives: list[str], file: Path | None, settings: Settings, tolerance_s: float
) -> tuple[list[tuple[Watched, Matched]], list[DrivermonError]]:
    """Judge each drive; one that can't be, does not keep the others from it, and counts nowhere."""
    results: list[tuple[Watched, Matched]] = []
    failures: list[DrivermonError] = []
    with ExitStack() as opened:
        # labels first: whoever forgot them should not wait for the drives
        ready: list[tuple[Source, list[Label]]] = []
        for drive in drives:
            try:
                source = opened.enter_context(open_source(drive, settings))
                ready.append((source, labels_of(drive, source.stem, file)))
            except DrivermonError as error:
                failures.append(error)
        replayer = Replayer(settings)
        columns = (TextColumn("{task.description}"), BarColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            for source, found in ready:
                task = progress.add_task(source.stem, total=source.duration_s)

                def show(t: float, task: TaskID = task) -> None:
                    progress.update(task, completed=t)

                try:
                    judged = ((result.state, result.alerts) for _, result in replayer.results(source))
                    watched = watch(source.stem, judged, show)
                    refuse_beyond(found, source.name, watched.end_s, tolerance_s)
                except DrivermonError as error:
                    failures.append(error)
                else:
                    known = episodes(found, settings, watched.kmh, tolerance_s)
                    results.append((watched, match(known, watched.signals, tolerance_s)))
                progress.remove_task(task)
    return results, failures


def _document(judged: list[Judged], tolerance_s: float) -> dict[str, object]:
    return {
        "tolerance_s": tolerance_s,
        "drives": [{**asdict(score(drive.name, [drive])), "events": events(drive)} for drive in judged],
        "topics": [asdict(one) for one in by_topic(judged)],
        "all": asdict(score("all", judged)),
    }


def _print(judged: list[Judged]) -> None:
    out = console()
    total = score("all", judged)
    drives = _table("By recording", "drive", false=True)
    for drive in judged:
        _add(drives, score(drive.name, [drive]), false=True)
    drives.add_section()
    _add(drives, total, false=True)
    out.print(drives)
    topics = _table("By what happened, all recordings", "event", false=False)
    for one in by_topic(judged):
        _add(topics, one, false=False)
    if topics.row_count:
        out.print(topics)
    kinds = [f"{kind} {rate.count}" for kind, rate in total.false_by_kind.items()]
    out.print(
        f"false alarms by kind: {', '.join(kinds) or 'none'}; critical: {_rate(total.critical)} an hour"
    )
    if total.interval_by_recording is not None:
        low, high = total.interval_by_recording
        out.print(f"sensitivity with the recordings drawn again: {low:.0%} to {high:.0%}")


def _table(title: str, first: str, *, false: bool) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(first)
    names = ["answered", "sensitivity", "95 %", "time to alert", "longest"]
    for name in [*names, *(["length", "false", "an hour, upper 95 %"] if false else [])]:
        table.add_column(name, justify="right")
    return table


def _add(table: Table, one: Score, *, false: bool) -> None:
    interval = "-" if one.interval is None else f"{one.interval[0]:.0%} to {one.interval[1]:.0%}"
    cells = [
        one.name,
        f"{one.answered} of {one.due}",
        "-" if one.sensitivity is None else f"{one.sensitivity:.0%}",
        interval,
        _seconds(one.wait_s),
        _seconds(one.longest_wait_s),
    ]
    if false:
        cells += [f"{one.hours * 3600:.1f} s", str(one.false.count), _rate(one.false)]
    table.add_row(*cells)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


def _rate(rate: Rate) -> str:
    return "-" if rate.per_hour is None else f"{rate.per_hour:.1f}, at most {rate.upper:.1f}"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path}: can't be written: {error.strerror}; check the folder") from None
