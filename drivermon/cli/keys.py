"""`drivermon keys`: CURVE keys for a bus over a network."""

from pathlib import Path
from typing import Annotated

import typer

from drivermon.bus.keys import make_client, make_server
from drivermon.cli.output import emit


def keys(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of all keys: bus.keys of the daemon.")
    ],
    clients: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CLIENT]...", help="Names of clients that may connect, e.g. dashboard."),
    ] = None,
) -> None:
    """Make keys for a bus over a network: the daemon's, and a pair for each client.

    The first time DIR gets the daemon's own keys; later calls add clients. Nothing is ever overwritten.
    Move DIR/clients/NAME to the client's computer: it is what `subscribe(keys=...)` and
    `drivermon watch --keys` take. Who is in DIR/allowed may connect; remove a file there to shut a client
    out. Secret keys can only be read by whoever made them, so run this as the daemon's user.

    Example: [bold]drivermon keys /etc/drivermon/keys dashboard[/bold]
    """
    files = []
    if not clients or not (folder / "server.key_secret").exists():
        files += make_server(folder)
    for client in clients or []:
        files += make_client(folder, client)
    for file in files:
        emit(str(file))
