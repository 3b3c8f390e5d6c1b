"""Recorded observations: a drive that was perceived before, to be judged again without a picture."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from drivermon.errors import SourceError
from drivermon.events import Gap, VehicleSignal
from drivermon.messages import Observation, Observed
from drivermon.records import DriveHeader, parse, row_type
from drivermon.sources.source import Clock, Source

EVENT_TYPES = frozenset({"observation", "gap", "signal"})
"""Rows that flow in; `state` and `alert` are what was decided then, and are decided anew."""


class RecordedSource(Source):
    """The rows of a `.jsonl` file as `replay` writes it; yields `Observation` in place of `Frame`.

    Attributes:
        header: the file's first row, with the digests of the networks that perceived it.

    """

    clock: Clock = "media"
    frame_count: int | None = None
    duration_s: float | None = None

    def __init__(self, path: Path, name: str) -> None:
        """Open the file and read its first row.

        Raises:
            SourceError: can't be read, or does not begin with a `drive` row of a known schema.

        """
        self.name = name
        self.stem = path.stem
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise SourceError(
                f"{path}: can't be read: {error.strerror}; check path and permissions"
            ) from None
        try:
            self.header = self._read_header()
        except SourceError:
            self.close()
            raise

    def events(self) -> Iterator[Observed]:
        """Yield observations, gaps and signals.

        Raises:
            SourceError: a row is broken, of an unknown type, or before the one above it in time;
                names file and line.

        """
        last = float("-inf")
        for number, line in enumerate(self._file, start=2):
            where = f"{self.name}:{number}"
            kind = row_type(line, where)
            if kind == "drive":
                raise SourceError(f"{where}: a second drive begins here; give one file a drive")
            if kind not in EVENT_TYPES:
                continue
            event = parse(line, where)
            assert isinstance(event, Observation | Gap | VehicleSignal)  # noqa: S101 - what EVENT_TYPES says
            if event.t < last:
                raise SourceError(f"{where}: time goes back from {last} to {event.t} s; sort the rows")
            last = event.t
            yield event

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _read_header(self) -> DriveHeader:
        line = self._file.readline()
        if not line:
            raise SourceError(f"{self.name}: the file is empty (0 bytes); record the drive again")
        header = parse(line, f"{self.name}:1")
        if not isinstance(header, DriveHeader):
            raise SourceError(
                f"{self.name}:1: does not begin with a row of type drive; give a file that replay wrote"
            )
        return header
