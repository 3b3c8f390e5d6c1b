"""What systemd is told, after sd_notify(3): readiness, status, watchdog."""

import logging
import os
import socket
from collections.abc import Mapping

logger = logging.getLogger(__name__)


class Notifier:
    """Sends to `$NOTIFY_SOCKET`; does nothing without one.

    Attributes:
        watchdog_s: the watchdog must be fed within so many seconds, `None` without one.

    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        if self._address.startswith("@"):  # in the abstract namespace, unix(7)
            self._address = "\0" + self._address[1:]
        mine = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        period_us = environ.get("WATCHDOG_USEC", "")
        self.watchdog_s = int(period_us) / 1e6 if mine and period_us.isdecimal() and int(period_us) else None

    def tell(self, *assignments: str) -> None:
        """Send assignments such as `READY=1`; a socket that takes nothing is logged."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)
                sender.sendto("\n".join(assignments).encode(), self._address)
        except OSError as error:
            logger.warning("systemd can't be told: %s", error.strerror)
