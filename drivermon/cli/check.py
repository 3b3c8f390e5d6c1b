"""`drivermon check`: what is wrong, and what to do about it."""

from collections import Counter
from dataclasses import asdict
from typing import Annotated, Final

import typer
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from drivermon import __version__
from drivermon.checking.checks import Section
from drivermon.checking.checks import check as run_checks
from drivermon.checking.findings import Finding, Status, exit_status
from drivermon.cli.options import CameraSource, ConfigFile, Overrides, effective
from drivermon.cli.output import console, emit_json

_MARKS: Final = {
    Status.OK: ("✓", "green"),
    Status.WARN: ("!", "bold yellow"),
    Status.FAIL: ("✗", "bold red"),
    Status.SKIPPED: ("–", "bright_black"),
}


def check(
    ctx: typer.Context,
    source: CameraSource = None,
    config: ConfigFile = None,
    overrides: Overrides = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON object.")] = False,
) -> None:
    """Check camera, view, packages, networks, bus and computer, and say what is to be done.

    Opens everything as the daemon does, watches the camera for two seconds, and changes nothing. The
    exit status is 1 if anything fails, 0 otherwise, warnings included.

    Example: [bold]drivermon check --config car.toml[/bold]
    """
    settings = effective(ctx, config, overrides, source).settings
    with Console(stderr=True).status("looking") as status:
        sections = run_checks(settings, status.update)
    if as_json:
        emit_json(_as_object(sections))
    else:
        console().print(report(sections))
    raise typer.Exit(exit_status(_all(sections)))


def _all(sections: tuple[Section, ...]) -> list[Finding]:
    return [finding for _, findings in sections for finding in findings]


def _as_object(sections: tuple[Section, ...]) -> dict[str, object]:
    findings = [{"section": name, **asdict(finding)} for name, some in sections for finding in some]
    return {"version": __version__, "ok": not exit_status(_all(sections)), "findings": findings}


def report(sections: tuple[Section, ...]) -> Group:
    """Return the findings for people, in as many columns as there are."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for number, (heading, findings) in enumerate(sections):
        if number:
            table.add_row()
        table.add_row("", Text(heading, "bold"), "")
        for finding in findings:
            mark, style = _MARKS[finding.status]
            table.add_row(Text(mark, style), Text(finding.name), _words(finding))
    counts = Counter(finding.status for finding in _all(sections))
    told = ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])
    return Group(table, Text(), Text(told, _MARKS[_worst(counts)][1]))


def _words(finding: Finding) -> Text:
    words = Text(finding.found, "bright_black" if finding.status is Status.SKIPPED else "")
    if finding.remedy is not None:
        words.append(f"\n→ {finding.remedy}", _MARKS[finding.status][1].removeprefix("bold "))
    return words


def _worst(counts: Counter[Status]) -> Status:
    return next(status for status in (Status.FAIL, Status.WARN, Status.OK) if counts[status])
