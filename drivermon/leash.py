"""Processes that end with the one that started them, however it ends: prctl(2), Linux only.

Imported by the process that reads a camera: it needs nothing but Python.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1


def end_with(parent: int, number: signal.Signals) -> None:
    """Have this process sent `number` when the thread ends that started it, also while a read hangs.

    Args:
        parent: process id of who started it; this process ends at once if that has ended already.
        number: of the signal; it outlasts an exec.

    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the parent has ended meanwhile")


def leashed(command: Sequence[str]) -> list[str]:
    """Return a command that runs `command`, terminated when the thread ends that starts it."""
    return [sys.executable, "-m", "drivermon.leash", str(os.getpid()), *command]


def main() -> None:
    """Become the command `sys.argv[2:]`, a child of the process with the id `sys.argv[1]`."""
    end_with(int(sys.argv[1]), signal.SIGTERM)
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - it is the caller's own


if __name__ == "__main__":
    main()
