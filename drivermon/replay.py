"""The same corridor over recorded drives: one JSON-lines file a drive, one object a line.

Rows come in the order of the corridor: an event, the state after it, the alerts it caused.
Twice the same drive gives the same bytes; a file of observations, replayed, gives the same
states and alerts.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from drivermon.ahead import ahead
from drivermon.config import Settings
from drivermon.errors import DrivermonError, FrameError, OutputError, SourceError
from drivermon.events import Frame, Gap
from drivermon.messages import Alert, AlertEvent, Digests, Event, Observed
from drivermon.perception import Located, Perceiver, open_perceiver, to_observation
from drivermon.pipeline import Pipeline, Result
from drivermon.records import drive_row, row
from drivermon.sources import RecordedSource, Source

Progress = Callable[[int, float], None]
"""Called after each event with the frames judged so far and the event's time in seconds."""


@dataclass(slots=True)
class Summary:
    """What a replayed drive held.

    Attributes:
        name: of the drive, the stem of its file.
        file: where the rows are.
        frames: observations judged.
        faces: how many of them show the driver's face, measured.
        start_s, end_s: time of the first and the last event.
        wall_s: how long the replay took.
        emotions: seconds that each emotion held.
        alerts: every step of every alert.
        error: why the drive ended early, `None` when it did not.

    """

    name: str
    file: Path
    frames: int = 0
    faces: int = 0
    start_s: float | None = None
    end_s: float = 0.0
    wall_s: float = 0.0
    emotions: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    alerts: list[Alert] = field(default_factory=list)
    error: DrivermonError | None = None

    @property
    def duration_s(self) -> float:
        """Time covered by the events."""
        return self.end_s - self.start_s if self.start_s is not None else 0.0

    @property
    def raised(self) -> Counter[str]:
        """How many alerts of each kind were raised."""
        return Counter(alert.kind.value for alert in self.alerts if alert.event is AlertEvent.RAISED)

    def note(self, t: float, result: Result) -> None:
        """Count one event; the time since the event before goes to the emotion that holds now."""
        if self.start_s is None:
            self.start_s = t
        elif result.state.emotion is not None:
            self.emotions[result.state.emotion] += t - self.end_s
        self.end_s = t
        self.alerts += result.alerts
        if result.observation is not None:
            self.frames += 1
            self.faces += result.observation.face is not None


def output_file(source: Source, folder: Path) -> Path:
    """Return the file that the rows of `source` go to: DIR/NAME.jsonl, NAME the stem of the source.

    Raises:
        OutputError: that would overwrite the recording that is being replayed.

    """
    file = folder / f"{source.stem}.jsonl"
    if isinstance(source, RecordedSource) and file.exists() and file.samefile(source.name):
        raise OutputError(f"{file}: would overwrite the drive that is replayed; give another folder")
    return file


def check_names(sources: Sequence[Source]) -> None:
    """Refuse two drives whose rows would go to the same file.

    Raises:
        OutputError: two stems are equal; names both drives.

    """
    first: dict[str, str] = {}
    for source in sources:
        if source.stem in first:
            raise OutputError(
                f"{first[source.stem]} and {source.name} would both be written to {source.stem}.jsonl; "
                "replay them into two folders"
            )
        first[source.stem] = source.name


class Replayer:
    """Replays drives one after another; networks are opened once, for the first drive with pictures."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._perceiver: Perceiver | None = None

    def replay(self, source: Source, folder: Path, progress: Progress | None = None) -> Summary:
        """Run the corridor over `source` and write its rows into `folder`.

        A source that breaks off ends the drive early: everything before it is written, and
        `Summary.error` says why.

        Raises:
            OutputError: the rows can't be written.
            NetworkError, InstallationError: a network or a package can't be used.

        """
        digests = self._digests(source)
        summary = Summary(source.stem, output_file(source, folder))
        started = time.perf_counter()
        with _writing(summary.file) as stream:
            try:
                self._run(source, digests, stream, summary, progress)
            except (SourceError, FrameError) as error:
                summary.error = error
        summary.wall_s = time.perf_counter() - started
        return summary

    def results(self, source: Source) -> Iterator[tuple[Observed, Result]]:
        """Yield every event of `source` with what the corridor makes of it.

        Raises:
            SourceError, FrameError: the source breaks off; what came before has been yielded.
            NetworkError, InstallationError: a network or a package can't be used.

        """
        return self._judged(source, self._digests(source))

    def _judged(self, source: Source, digests: Digests) -> Iterator[tuple[Observed, Result]]:
        pipeline = Pipeline(self._settings, digests, None)
        for event in self._observed(source):
            yield event, pipeline.step(event)

    def _digests(self, source: Source) -> Digests:
        """Return the digests of what decides: the networks are those that saw the pictures."""
        if isinstance(source, RecordedSource):
            networks = source.header.digests.networks
        else:
            networks = self._open_perceiver().digests
        return Digests(config=self._settings.digest(), networks=networks)

    def _run(
        self,
        source: Source,
        digests: Digests,
        stream: TextIO,
        summary: Summary,
        progress: Progress | None,
    ) -> None:
        for event, result in self._judged(source, digests):
            if summary.start_s is None:
                stream.write(drive_row(source.name, digests, event.t) + "\n")
            stream.writelines(f"{line}\n" for line in _rows(event, result))
            summary.note(event.t, result)
            if progress is not None:
                progress(summary.frames, event.t)
        if summary.start_s is None:
            raise SourceError(f"{source.name}: holds no frame, gap or signal; nothing to replay")

    def _observed(self, source: Source) -> Iterator[Observed]:
        """Yield the events, frames perceived; decoding, locating and measuring work side by side."""
        if isinstance(source, RecordedSource):
            yield from source.events()
            return
        perceiver = self._open_perceiver()
        perceiver.forget()
        decoded = ahead(source.events(), "decode")
        for item in ahead((_located(event, perceiver) for event in decoded), "locate"):
            yield to_observation(perceiver.measure(item)) if isinstance(item, Located) else item

    def _open_perceiver(self) -> Perceiver:
        if self._perceiver is None:
            self._perceiver = open_perceiver(self._settings)
        return self._perceiver


def _located(event: Event, perceiver: Perceiver) -> Located | Observed:
    if isinstance(event, Frame):
        return perceiver.locate(event)
    if isinstance(event, Gap):
        perceiver.gap(event)
    return event


def _rows(event: Observed, result: Result) -> Iterator[str]:
    yield row(event)
    yield row(result.state)
    yield from map(row, result.alerts)


@contextmanager
def _writing(file: Path) -> Iterator[TextIO]:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w", encoding="utf-8") as stream:
            yield stream
    except OSError as error:
        raise OutputError(
            f"{file}: can't be written: {error.strerror}; check the folder, its permissions and the disk"
        ) from None
