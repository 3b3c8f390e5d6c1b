"""`drivermon config`: every setting, where its value came from, what it means."""

import json
from itertools import groupby
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from drivermon.cli.options import ConfigFile, Overrides, effective
from drivermon.cli.output import console, emit, emit_json
from drivermon.config import Loaded, describe, leaves, to_toml

TABLE_COLUMNS = 110
"""In a narrower terminal the meaning stands below its setting, not beside it."""


def config(
    ctx: typer.Context,
    file: ConfigFile = None,
    overrides: Overrides = None,
    toml: Annotated[
        bool, typer.Option("--toml", help="Write it as a commented TOML file, ready for editing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write it as one JSON object.")] = False,
) -> None:
    """Show every setting: its value, where it came from, what it means.

    Later wins: the default, the file, a variable such as DRIVERMON_EMOTION__CONFIDENCE=0.6, --set.
    A key that is not known or a value out of range is an error that names the place and what is allowed.

    Example, a file of one's own to begin from: [bold]drivermon config --toml > car.toml[/bold]
    """
    loaded = effective(ctx, file, overrides)
    if toml:
        emit(to_toml(loaded.settings).removesuffix("\n"))
    elif as_json:
        emit_json(_as_object(loaded))
    else:
        out = console()
        out.print(_as_table(loaded) if out.width >= TABLE_COLUMNS else _as_list(loaded))


def _as_object(loaded: Loaded) -> dict[str, object]:
    return {
        "digest": loaded.settings.digest(),
        "settings": {
            key: {"value": value, "from": loaded.origins[key], "meaning": describe(key)}
            for key, value in leaves(loaded.settings)
        },
    }


def _as_table(loaded: Loaded) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption_justify="left", caption=_digest(loaded))
    table.add_column("setting", no_wrap=True)
    table.add_column("value", overflow="fold", max_width=24)
    table.add_column("from", overflow="fold", max_width=20)
    table.add_column("meaning", overflow="fold")
    for section in _by_section(loaded):
        for key, value in section:
            name, shown, origin = _row(loaded, key, value)
            table.add_row(name, shown, origin, Text(describe(key)))
        table.add_row()
    return table


def _as_list(loaded: Loaded) -> Group:
    lines: list[RenderableType] = []
    for section in _by_section(loaded):
        for key, value in section:
            name, shown, origin = _row(loaded, key, value)
            name.append(" = ", "bright_black")
            meaning = Text(describe(key), "bright_black")
            lines += [Text.assemble(name, shown, "  ", origin), Padding(meaning, (0, 0, 0, 4))]
        lines.append(Text())
    return Group(*lines, Text(_digest(loaded)))


def _by_section(loaded: Loaded) -> list[list[tuple[str, Any]]]:
    settings = leaves(loaded.settings)
    return [list(section) for _, section in groupby(settings, lambda item: item[0].rpartition(".")[0])]


def _row(loaded: Loaded, key: str, value: Any) -> tuple[Text, Text, Text]:
    """Return key, value and origin; what is no default stands out."""
    origin = loaded.origins[key]
    changed = origin != "default"
    return (
        Text(key, "bold" if changed else ""),
        Text(json.dumps(value, ensure_ascii=False), "bold green" if changed else "cyan"),
        Text(origin, "green" if changed else "bright_black"),
    )


def _digest(loaded: Loaded) -> str:
    return f"digest of everything that decides: {loaded.settings.digest()}"
