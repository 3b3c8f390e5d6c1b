"""What every source of events looks like, and how stages are put behind one."""

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Literal, Protocol, Self

from drivermon.messages import Event

GAP_PERIOD_S = 0.5
"""A source without a picture says so at least this often, so that time goes on."""

Clock = Literal["monotonic", "media"]


class Source(Protocol):
    """Where events come from; also a context manager that closes it.

    Attributes:
        name: as given to `open_source`, without a password.
        stem: short name for files that are written about this source.
        clock: of the events' times: `monotonic` of this computer, or `media` of a recording.
        frame_count: number of pictures as far as it is known beforehand.
        duration_s: length in seconds as far as it is known beforehand.

    """

    name: str
    stem: str
    clock: Clock
    frame_count: int | None
    duration_s: float | None

    def events(self) -> Iterator[Event]:
        """Yield all events once, in time order; no time is before the one that came before it.

        Raises:
            SourceError: the source can't be read on. Everything that could be read has been
                yielded before.

        """
        ...

    def close(self) -> None:
        """Let go of files, devices and threads, if there are any; does nothing the second time."""

    def __enter__(self) -> Self:
        """Return the source itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the source."""
        self.close()


Stage = Callable[[Iterator[Event]], Iterator[Event]]
"""Turns a stream of events into another one, in the same order."""


class StagedSource(Source):
    """Another source with stages behind it: pictures turned upright, signals merged in."""

    def __init__(self, inner: Source, stages: list[Stage]) -> None:
        """Put `stages` behind `inner`, the first one nearest to it."""
        self.name = inner.name
        self.stem = inner.stem
        self.clock = inner.clock
        self.frame_count = inner.frame_count
        self.duration_s = inner.duration_s
        self._inner = inner
        self._stages = stages

    def events(self) -> Iterator[Event]:
        """Yield the inner source's events as the stages leave them."""
        events = self._inner.events()
        for stage in self._stages:
            events = stage(events)
        return events

    def close(self) -> None:
        """Close the inner source."""
        self._inner.close()
