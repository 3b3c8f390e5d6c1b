"""The capture thread: from the source into the mailbox."""

from collections.abc import Callable

from drivermon.daemon.mailbox import Mailbox
from drivermon.daemon.meter import Meter
from drivermon.daemon.worker import Worker
from drivermon.events import Frame, VehicleSignal
from drivermon.sources import Source


class Capture:
    """Reads one source until it ends or `close`.

    Attributes:
        source: that is read.
        skipped: pictures that the source itself has left out because a newer one was there.
        worker: the thread.

    """

    def __init__(self, source: Source, mailbox: Mailbox, meter: Meter, on_end: Callable[[], None]) -> None:
        self.source = source
        self.skipped = 0
        self.worker = Worker(f"capture {source.stem}", self._run, on_end)
        self._mailbox = mailbox
        self._meter = meter
        self._wanted = True

    def close(self) -> None:
        """Let nothing more through; the thread is not waited for, its source may hang."""
        self._wanted = False
        self.source.close()

    def _run(self, worker: Worker) -> None:
        last: int | None = None
        for event in self.source.events():
            worker.works()
            if not self._wanted:
                return
            if isinstance(event, Frame):
                # a recording that begins again begins at 0
                self.skipped += 0 if last is None else max(0, event.index - last - 1)
                last = event.index
            self._mailbox.put(event)
            if not isinstance(event, VehicleSignal):
                self._meter.captured(event)
            worker.waits()
