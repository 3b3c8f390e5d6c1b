"""What commands write: results on standard output, everything else on standard error."""

import json
import sys
from typing import Any

from rich.console import Console

from drivermon.errors import OutputError

PIPE_WIDTH = 200
"""Columns of a table that goes to a file or a pipe, where nothing tells a width."""


def console() -> Console:
    """Return a console on standard output, wide when that is no terminal.

    Raises:
        OutputError: standard output is closed.

    """
    if sys.stdout is None:
        raise OutputError("standard output is closed; leave it open or send it to a file")
    # the width of a terminal is found by rich itself, and COLUMNS is honoured
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=PIPE_WIDTH)


def emit_json(value: Any) -> None:
    """Write `value` as one line of JSON to standard output.

    Raises:
        OutputError: standard output is closed, or its disk is full.

    """
    emit(json.dumps(value, ensure_ascii=False, allow_nan=False))


def emit(text: str) -> None:
    """Write a line to standard output.

    Raises:
        OutputError: standard output is closed, or its disk is full.
        BrokenPipeError: the reader has gone (`| head`).

    """
    if sys.stdout is None:
        raise OutputError("standard output is closed; leave it open or send it to a file")
    try:
        sys.stdout.write(text + "\n")
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"standard output: can't write: {error.strerror}") from None


def flush() -> None:
    """Hand everything written so far to whoever reads it.

    Raises:
        OutputError: the disk behind standard output is full.
        BrokenPipeError: the reader has gone (`| head`).

    """
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"standard output: can't write: {error.strerror}") from None
