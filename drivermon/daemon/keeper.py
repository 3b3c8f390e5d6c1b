"""Keeps what must survive a restart in the runtime directory: numbers, as JSON, written atomically."""

import json
import logging
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from drivermon import runtime_directory
from drivermon.errors import RestoreError, RuntimeDirectoryError
from drivermon.memory import State

FRESH_S: Final = 600.0
"""What is older says nothing about this driver any more."""

VERSION: Final = 1

logger = logging.getLogger(__name__)


class Keeper:
    """One file for one source.

    Args:
        file: where the numbers stand.
        source: name of the source they belong to.
        monotonic: seconds, of a clock that goes on over a restart of the process.

    """

    def __init__(self, file: Path, source: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._source = source
        self._monotonic = monotonic

    def load(self) -> State | None:
        """Return what was kept; `None` when there is nothing, or it is old or of another source.

        Raises:
            RestoreError: it can't be read.

        """
        try:
            kept = json.loads(self._file.read_bytes(), parse_constant=_refuse)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RestoreError(f"{self._file}: can't be read: {error.strerror}") from None
        except ValueError as error:
            raise RestoreError(f"{self._file}: damaged: {error}") from None
        match kept:
            case {"version": 1, "source": str(source), "at": int() | float() as at, "state": dict(state)}:
                # a time to come is of the clock before the computer was started again
                fresh = source == self._source and 0.0 <= self._monotonic() - at <= FRESH_S
                return state if fresh else None
            case _:
                raise RestoreError(f"{self._file}: not written by this version of drivermon")

    def save(self, state: State) -> None:
        """Write `state` in place of what was kept; a disk that is full is logged."""
        kept: dict[str, Any] = {
            "version": VERSION,
            "source": self._source,
            "at": self._monotonic(),
            "state": state,
        }
        fresh = self._file.with_suffix(".new")
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
                json.dump(kept, stream, allow_nan=False)
            fresh.replace(self._file)
        except OSError as error:
            logger.warning(
                "%s: can't be written: %s; a restart would forget timers", self._file, error.strerror
            )


def open_keeper(source: str) -> Keeper | None:
    """Return the keeper of a source in the runtime directory; without one say so and return `None`."""
    try:
        folder = runtime_directory.prepare()
    except RuntimeDirectoryError as error:
        logger.warning("a restart will forget timers and alerts: %s", error)
        return None
    return Keeper(folder / f"memory.{re.sub(r'[^A-Za-z0-9.-]+', '_', source)[-80:]}.json", source)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")
