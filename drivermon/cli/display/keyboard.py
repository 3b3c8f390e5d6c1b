"""Single key presses while something is drawn, without waiting for Enter."""

import select
import signal
import sys
import termios
import time
import tty
from types import FrameType, TracebackType
from typing import Any, Self


class Keyboard:
    """Reads keys from standard input if that is a terminal; a context manager that puts it back.

    An interrupt is noted and raised by `pressed`: raised at any other moment it could fall into a
    decoder's callback, which would swallow it.
    """

    def __init__(self) -> None:
        self._before: list[Any] | None = None
        self._on_interrupt: Any = None
        self._interrupted = False

    def __enter__(self) -> Self:
        """Take keys one by one and unechoed; ctrl-C still interrupts."""
        if sys.stdin is not None and sys.stdin.isatty():
            self._before = termios.tcgetattr(sys.stdin)
            tty.setcbreak(sys.stdin)
        self._on_interrupt = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the terminal back as it was."""
        signal.signal(signal.SIGINT, self._on_interrupt)
        if self._before is not None:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._before)

    def pressed(self, wait_s: float) -> str:
        """Wait up to `wait_s` seconds for a key; return it in lower case, or an empty text.

        Raises:
            KeyboardInterrupt: ctrl-C was pressed since the last call.

        """
        ready: list[Any] = []
        if self._before is None:
            time.sleep(wait_s)
        else:
            ready, _, _ = select.select([sys.stdin], [], [], wait_s)
        if self._interrupted:
            raise KeyboardInterrupt
        return sys.stdin.read(1).lower() if ready else ""

    def _interrupt(self, _: int, __: FrameType | None) -> None:
        self._interrupted = True
