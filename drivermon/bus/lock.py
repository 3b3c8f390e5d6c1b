"""One daemon an endpoint: a second bind on an ipc path would succeed and steal it in silence."""

import fcntl
import os
from pathlib import Path

from drivermon.errors import BusError, EndpointTakenError


def holder_of(socket: Path) -> str | None:
    """Return the process id, as text, of whoever holds the lock of an ipc socket; `None` when nobody does.

    Makes and changes nothing. An empty text is a holder that is not known.

    Raises:
        BusError: the lock file is there and can't be read.

    """
    file = _lock_file(socket)
    try:
        fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BusError(f"{file}: can't look at the lock: {error.strerror}; run this as its owner") from None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _process_in(fd)
    finally:
        os.close(fd)
    return None


class EndpointLock:
    """Holds `SOCKET.lock` beside an ipc socket until `close`, or until the process ends, however it ends.

    The file stays when the lock is given up: whoever removes it could remove another's.
    Child processes must not inherit it (the descriptor is closed on exec).

    Raises:
        EndpointTakenError: another process holds it; names its process id.
        BusError: the file can't be made.

    """

    def __init__(self, socket: Path) -> None:
        file = _lock_file(socket)
        try:
            self._fd = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise BusError(
                f"{file}: can't lock the endpoint: {error.strerror}; "
                "the folder must exist and belong to the user who runs drivermon"
            ) from None
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _process_in(self._fd)
            os.close(self._fd)
            raise EndpointTakenError(
                f"ipc://{socket}: process {holder or '(not known)'} already publishes there; "
                "stop it, or set bus.endpoint and bus.signals_endpoint to others"
            ) from None
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def close(self) -> None:
        """Give the endpoint up; does nothing the second time."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _lock_file(socket: Path) -> Path:
    return socket.with_name(f"{socket.name}.lock")


def _process_in(fd: int) -> str:
    return os.pread(fd, 32, 0).decode("ascii", "replace").strip()
