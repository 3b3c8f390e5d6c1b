"""Vehicle signals from a CAN bus through a DBC file; needs the extra `can` (python-can, cantools).

A signal is passed on when its value changes and once a second; when it has not come for `STALE_S`,
or the bus is lost, it is passed on as unknown. A lost bus is opened again for as long as it takes.
"""

import importlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from drivermon.config import CanSettings
from drivermon.errors import ConfigError, InstallationError
from drivermon.events import TIME_DECIMALS, SignalValue, VehicleSignal

REPEAT_S: Final = 1.0
STALE_S: Final = 2.0
"""Cars repeat their speed many times a second: after this it is not known any more."""

RETRY_S: Final = 1.0
"""Between two tries to open a bus that is down."""

_TURN_S: Final = 0.2

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Known:
    value: SignalValue
    heard_at: float
    told_at: float


class SignalFilter:
    """Of a stream of values, those worth passing on. All times are monotonic seconds."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def hear(self, name: str, value: SignalValue, now: float) -> bool:
        """Take in a value; return whether it is to be passed on."""
        known = self._known.get(name)
        if known is not None and known.value == value and now - known.told_at < REPEAT_S:
            known.heard_at = now
            return False
        self._known[name] = _Known(value, now, now)
        return True

    def fallen_silent(self, now: float) -> list[str]:
        """Return the names that have become unknown since the last call."""
        silent = [name for name, known in self._known.items() if now - known.heard_at > STALE_S]
        for name in silent:
            del self._known[name]
        return silent

    def forget(self) -> list[str]:
        """Return the names that were known: none is any more."""
        names = list(self._known)
        self._known.clear()
        return names


class CanReader:
    """A thread that reads a CAN bus; as a context manager it is started and closed.

    Args:
        settings: interface, database, and which signals to take.
        on_signal: called in the reader's thread for each vehicle signal; must not block.
        monotonic: seconds, for the time of the signals.

        retry_s: between two tries to open the bus.

    Attributes:
        is_open: whether the bus is there.

    Raises:
        InstallationError: python-can or cantools is missing.
        ConfigError: there is no such interface; the database can't be read, or lacks a message or signal.

    """

    def __init__(
        self,
        settings: CanSettings,
        on_signal: Callable[[VehicleSignal], None],
        monotonic: Callable[[], float] = time.monotonic,
        retry_s: float = RETRY_S,
    ) -> None:
        self.is_open = False
        self._can, cantools = _needed("can"), _needed("cantools")
        self._settings = settings
        self._on_signal = on_signal
        self._monotonic = monotonic
        self._retry_s = retry_s
        self._wanted = _wanted(cantools, settings)
        if settings.interface not in self._can.VALID_INTERFACES:
            raise ConfigError(
                f"can.interface = {settings.interface!r}: python-can knows only "
                + ", ".join(sorted(self._can.VALID_INTERFACES))
            )
        self._not_decoded: type[Exception] = cantools.database.DecodeError
        self._filter = SignalFilter()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="can", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def is_alive(self) -> bool:
        """Whether the thread runs; only a defect ends it, with a traceback in the log."""
        return self._thread.is_alive()

    def close(self) -> None:
        """End the thread and give the interface back."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join(2 * _TURN_S)

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _run(self) -> None:
        where = f"CAN {self._settings.interface} {self._settings.channel}"
        while not self._ending.is_set():
            try:
                with self._can.Bus(interface=self._settings.interface, channel=self._settings.channel) as bus:
                    logger.info("%s: open", where)
                    self.is_open = True
                    self._read(bus)
            except (self._can.CanError, OSError, ValueError) as error:
                logger.warning("%s: lost: %s; is the interface up (`ip link`)? Trying again", where, error)
                self.is_open = False
                now = self._monotonic()
                for name in self._filter.forget():
                    self._tell(name, None, now)
                self._ending.wait(self._retry_s)

    def _read(self, bus: Any) -> None:
        while not self._ending.is_set():
            frame = bus.recv(timeout=_TURN_S)
            now = self._monotonic()
            if frame is not None:
                self._take(frame, now)
            for name in self._filter.fallen_silent(now):
                self._tell(name, None, now)

    def _take(self, frame: Any, now: float) -> None:
        message, names = self._wanted.get(frame.arbitration_id, (None, {}))
        if message is None or len(frame.data) < message.length:
            return
        try:
            values = message.decode(bytes(frame.data), allow_truncated=True)
        except self._not_decoded:
            logger.debug("a message %s can't be decoded", message.name)
            return
        for signal, name in names.items():
            value = _plain(values.get(signal))
            if self._filter.hear(name, value, now):
                self._tell(name, value, now)

    def _tell(self, name: str, value: SignalValue, now: float) -> None:
        self._on_signal(VehicleSignal(round(now, TIME_DECIMALS), name, value))


def _needed(package: str) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError:
        raise InstallationError(
            f"can.interface is set, but the package {package} is missing: pip install 'drivermon[can]'"
        ) from None


def _wanted(cantools: Any, settings: CanSettings) -> dict[int, tuple[Any, dict[str, str]]]:
    """Return, by arbitration id, the message of the database and which of its signals have which name."""
    file = Path(settings.database)
    try:
        database = cantools.database.load_file(file)
    except OSError as error:
        raise ConfigError(f"can.database = {str(file)!r}: can't read: {error.strerror}") from None
    except (cantools.database.UnsupportedDatabaseFormatError, UnicodeDecodeError, ValueError) as error:
        raise ConfigError(f"can.database = {str(file)!r}: is no database of CAN messages: {error}") from None
    messages = {message.name: message for message in database.messages}
    wanted: dict[int, tuple[Any, dict[str, str]]] = {}
    for text in settings.signals:
        name, _, where = text.partition("=")
        message_name, _, signal = where.partition(".")
        message = messages.get(message_name)
        if message is None:
            raise ConfigError(f"can.signals: {text!r}: {file} has no message {message_name}")
        known = [found.name for found in message.signals]
        if signal not in known:
            raise ConfigError(f"can.signals: {text!r}: {message_name} has the signals {', '.join(known)}")
        wanted.setdefault(message.frame_id, (message, {}))[1][signal] = name
    return wanted


def _plain(value: Any) -> SignalValue:
    """Return a decoded value as what a vehicle signal can be: a named value of the database by its name."""
    if value is None or isinstance(value, bool):
        return value
    return float(value) if isinstance(value, int | float) else str(value)
