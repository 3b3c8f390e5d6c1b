"""Where the bus is: the daemon's endpoints, and where a client finds them."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from drivermon import runtime_directory
from drivermon.config import BusSettings
from drivermon.errors import BusError, RuntimeDirectoryError

BUS_SOCKET = "bus.sock"
SIGNALS_SOCKET = "signals.sock"

_IPC = "ipc://"
_MAX_PATH_BYTES = 107
"""Of a socket's path: `sun_path` of unix(7) without its terminator."""


def bus_endpoint(settings: BusSettings, environ: Mapping[str, str] | None = None) -> str:
    """Return where the daemon publishes; makes the runtime directory where that is needed.

    Raises:
        RuntimeDirectoryError: it is needed and can't be used.
        BusError: the path of an ipc socket is too long.

    """
    return _checked(settings.endpoint or _in_runtime_directory(BUS_SOCKET, environ))


def signals_endpoint(settings: BusSettings, environ: Mapping[str, str] | None = None) -> str:
    """Return where the daemon takes vehicle signals; errors as `bus_endpoint`."""
    return _checked(settings.signals_endpoint or _in_runtime_directory(SIGNALS_SOCKET, environ))


def find_bus(environ: Mapping[str, str] | None = None) -> str:
    """Return where a client looks for the daemon when it was not told.

    `$DRIVERMON_BUS__ENDPOINT` if set; else the first `bus.sock` there is in the user's and the
    service's runtime directory; else the one that a daemon started by this user would make.
    """
    return _find("DRIVERMON_BUS__ENDPOINT", BUS_SOCKET, environ)


def find_signals(environ: Mapping[str, str] | None = None) -> str:
    """Return where a client sends vehicle signals when it was not told; as `find_bus`."""
    return _find("DRIVERMON_BUS__SIGNALS_ENDPOINT", SIGNALS_SOCKET, environ)


def ipc_path(endpoint: str) -> Path | None:
    """Return the path of an ipc endpoint, `None` for another kind."""
    return Path(endpoint.removeprefix(_IPC)) if endpoint.startswith(_IPC) else None


def _in_runtime_directory(name: str, environ: Mapping[str, str] | None) -> str:
    return f"{_IPC}{runtime_directory.prepare(environ)}/{name}"


def _checked(endpoint: str) -> str:
    path = ipc_path(endpoint)
    if path is not None and len(os.fsencode(path)) > _MAX_PATH_BYTES:
        raise BusError(f"{path}: a socket's path may have {_MAX_PATH_BYTES} bytes; use a shorter folder")
    return endpoint


def _find(variable: str, name: str, environ: Mapping[str, str] | None) -> str:
    environ = os.environ if environ is None else environ
    if environ.get(variable):
        return environ[variable]
    folders = [runtime_directory.SERVICE_DIRECTORY]
    with contextlib.suppress(RuntimeDirectoryError):  # a client of the service needs none of its own
        folders.insert(0, runtime_directory.locate(environ))
    there = [folder for folder in folders if (folder / name).exists()]
    return f"{_IPC}{(there or folders)[0] / name}"
