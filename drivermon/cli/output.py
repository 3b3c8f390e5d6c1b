"""What commands write: results on standard output, everything else on standard error."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

import typer
from rich.console import Console

from drivermon.errors import DrivermonError, OutputError

PIPE_WIDTH = 200
"""Columns of a table that goes to a file or a pipe, where nothing tells a width."""


def console() -> Console:
    """Return a console on standard output, wide when that is no terminal.

    What it prints raises `OutputError` as `emit` does.

    Raises:
        OutputError: standard output is closed.

    """
    stream = cast("TextIO", _Checked(_open_stdout()))
    # rich finds the width of a terminal itself and honours COLUMNS
    found = Console(file=stream, highlight=False)
    return found if found.is_terminal else Console(file=stream, highlight=False, width=PIPE_WIDTH)


def emit_json(value: Any) -> None:
    """Write `value` as one line of JSON to standard output.

    Raises:
        OutputError: as `emit`.

    """
    emit(json.dumps(value, ensure_ascii=False, allow_nan=False))


def emit(text: str) -> None:
    """Write a line to standard output.

    Raises:
        OutputError: standard output is closed, or its disk is full.
        BrokenPipeError: the reader has gone (`| head`).

    """
    _Checked(_open_stdout()).write(text + "\n")


def flush() -> None:
    """Hand everything written so far to whoever reads it.

    Raises:
        OutputError: the disk behind standard output is full.
        BrokenPipeError: the reader has gone (`| head`).

    """
    if sys.stdout is not None:
        _Checked(sys.stdout).flush()


def complain(error: DrivermonError) -> None:
    """Write an error as one line to standard error."""
    typer.echo(f"drivermon: error: {error}", err=True)


def _open_stdout() -> TextIO:
    if sys.stdout is None:
        raise OutputError("standard output is closed; leave it open or send it to a file")
    return sys.stdout


class _Checked:
    """A stream that says in our own words that it can't be written."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with _in_our_words():
            return self._stream.write(text)

    def flush(self) -> None:
        with _in_our_words():
            self._stream.flush()


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"standard output: can't write: {error.strerror}") from None
