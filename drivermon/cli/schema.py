"""`drivermon schema`: JSON Schema of everything on the bus."""

from pathlib import Path
from typing import Annotated

import typer

from drivermon.cli.output import emit, emit_json
from drivermon.schema import schemas, write


def schema(
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Write DIR/v<N>/NAME.json instead of printing."),
    ] = None,
) -> None:
    """Write the JSON Schema of every message on the bus, for readers in other languages.

    Without --out one JSON object with all of them: alert, state, observation, health, and signal, which
    is how the vehicle's signals come in. A reader ignores fields that it does not know.

    Example: [bold]drivermon schema --out schema/[/bold]
    """
    if out is None:
        emit_json(schemas())
        return
    for file in write(out):
        emit(str(file))
