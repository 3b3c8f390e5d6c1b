"""`drivermon config`: every setting, where its value came from, what it means."""

import json
from typing import Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from drivermon.cli.options import ConfigFile, Overrides, effective
from drivermon.cli.output import console, emit, emit_json
from drivermon.config import Loaded, describe, leaves, to_toml


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
        console().print(_as_table(loaded))


def _as_object(loaded: Loaded) -> dict[str, object]:
    return {
        "digest": loaded.settings.digest(),
        "settings": {
            key: {"value": value, "from": loaded.origins[key], "meaning": describe(key)}
            for key, value in leaves(loaded.settings)
        },
    }


def _as_table(loaded: Loaded) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption_justify="left")
    table.add_column("setting", no_wrap=True)
    table.add_column("value", overflow="fold", max_width=24)
    table.add_column("from", overflow="fold", max_width=20)
    table.add_column("meaning", overflow="fold")
    section = ""
    for key, value in leaves(loaded.settings):
        parent = key.rpartition(".")[0]
        if section and parent != section:
            table.add_row()
        section = parent
        changed = loaded.origins[key] != "default"
        table.add_row(
            Text(key, "bold" if changed else ""),
            Text(json.dumps(value, ensure_ascii=False), "bold green" if changed else "cyan"),
            Text(loaded.origins[key], "green" if changed else "dim"),
            Text(describe(key)),
        )
    table.caption = f"digest of everything that decides: {loaded.settings.digest()}"
    return table
