"""A thread that shows whether it advances, and keeps what ended it."""

import threading
import time
from collections.abc import Callable
from typing import Final

STALL_S: Final = 4.0
"""A thread that works on one thing for so long is stuck: the slowest frame takes a tenth of it."""


class Worker:
    """Runs `target` in a thread that does not keep the process from ending.

    The target calls `waits` before it waits for something that may rightly never come, and `works`
    when it has got it.

    Attributes:
        error: what ended the thread, `None` while it runs or when it ended by itself.

    """

    def __init__(
        self,
        name: str,
        target: Callable[["Worker"], None],
        on_end: Callable[[], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.error: BaseException | None = None
        self._target = target
        self._on_end = on_end
        self._monotonic = monotonic
        self._working_since: float | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def waits(self) -> None:
        """Say that from now on the thread waits."""
        self._working_since = None

    def works(self) -> None:
        """Say that something has come and is worked on from now on."""
        self._working_since = self._monotonic()

    def is_stuck(self, now: float) -> bool:
        """Whether the thread has worked on one thing for longer than `STALL_S`."""
        since = self._working_since
        return since is not None and now - since > STALL_S

    @property
    def is_alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    def join(self, timeout_s: float) -> None:
        """Wait for the end of the thread for at most `timeout_s` seconds."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            self._target(self)
        except BaseException as error:  # noqa: BLE001 - raised again by who supervises
            self.error = error
        finally:
            self.waits()
            self._on_end()
