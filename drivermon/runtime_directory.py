"""The runtime directory: memory-backed, private, kept over a restart of the daemon, gone with the computer's.

systemd gives a service its own (`RuntimeDirectory=`) and names it in `$RUNTIME_DIRECTORY`; a daemon
that is run by hand takes `$XDG_RUNTIME_DIR/drivermon`, which a login session has.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from drivermon.errors import RuntimeDirectoryError

SERVICE_DIRECTORY = Path("/run/drivermon")
"""Where the shipped unit has its runtime directory."""


def locate(environ: Mapping[str, str] | None = None) -> Path:
    """Return where the runtime directory is, or will be.

    Raises:
        RuntimeDirectoryError: neither variable is set.

    """
    environ = os.environ if environ is None else environ
    # systemd joins several by colons; the first is the one that the unit names first
    own = environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    if own:
        return Path(own)
    user = environ.get("XDG_RUNTIME_DIR", "")
    if user:
        return Path(user) / "drivermon"
    raise RuntimeDirectoryError(
        "no runtime directory: set RUNTIME_DIRECTORY to a private folder in memory, such as "
        "/run/user/$(id -u)/drivermon, or start drivermon from a login session, which sets XDG_RUNTIME_DIR"
    )


def prepare(environ: Mapping[str, str] | None = None) -> Path:
    """Return the runtime directory, made with mode 0700 if it was not there.

    Raises:
        RuntimeDirectoryError: neither variable is set, or the directory can't be made, can't be
            written, or can be written by everybody.

    """
    folder = locate(environ)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = folder.stat().st_mode
    except OSError as error:
        raise RuntimeDirectoryError(
            f"{folder}: can't make the runtime directory: {error.strerror}; "
            "check its owner, or set RUNTIME_DIRECTORY to another folder"
        ) from None
    if mode & stat.S_IWOTH:
        raise RuntimeDirectoryError(
            f"{folder}: everybody may write in this runtime directory; run `chmod o-w {folder}`, "
            "or set RUNTIME_DIRECTORY to a private folder"
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise RuntimeDirectoryError(
            f"{folder}: can't write in the runtime directory; give it to this user, "
            "or set RUNTIME_DIRECTORY to another folder"
        )
    return folder
