"""The log of the process about itself, with the standard library's `logging`.

On standard error: text for a person, journald's priorities (`<3>...`, sd-daemon(3)) when standard
error is the journal, or one JSON object a line. Never a landmark or a probability: an argument that
is no plain value (an array, a message, a list) is withheld whatever the caller meant.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from numbers import Number
from typing import Any

from drivermon.config import LoggingSettings

_JOURNAL_PRIORITY = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}

_PLAIN = (str, Number, type(None), os.PathLike, BaseException, Enum)
"""Types that a log may show as they are."""


def setup(settings: LoggingSettings, clock: Callable[[], float] = time.monotonic) -> None:
    """Send every logger's records to standard error as `settings` say; replaces an earlier set-up.

    Args:
        settings: level, form and limit of repeats.
        clock: seconds, for the limit of repeats.

    """
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler, _StderrHandler)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(_StderrHandler(_formatter(settings.json_lines), settings.repeat_s, clock))
    root.setLevel(settings.level.upper())


def under_journald(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether standard error is the journal's socket: `$JOURNAL_STREAM` is its device and inode."""
    try:
        status = os.fstat(2)
    except OSError:
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def _formatter(json_lines: bool) -> logging.Formatter:
    inner: logging.Formatter = _Json() if json_lines else logging.Formatter("%(name)s: %(message)s")
    if under_journald():
        return _Journal(inner)
    return (
        inner
        if json_lines
        else logging.Formatter("%(asctime)s.%(msecs)03d %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")
    )


class _Json(logging.Formatter):
    """`{"time", "level", "logger", "message"[, "exception"]}`; time is UTC, ISO 8601."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class _Journal(logging.Formatter):
    """Puts the priority before every line, as the journal takes each line for a message."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        prefix = f"<{_JOURNAL_PRIORITY.get(record.levelno, 6)}>"
        return "\n".join(prefix + line for line in self._inner.format(record).splitlines())


class _StderrHandler(logging.Handler):
    """Writes to whatever `sys.stderr` is at that moment, so that a live display can redirect it."""

    def __init__(self, formatter: logging.Formatter, repeat_s: float, clock: Callable[[], float]) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self._limit = RepeatLimit(repeat_s, clock)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            for line in self._limit.admit(_without_data(record)):
                self._write(line)
        except Exception:  # noqa: BLE001 - as every handler of the standard library: a log never raises
            self.handleError(record)

    def close(self) -> None:
        for line in self._limit.drain():
            self._write(line)
        super().close()

    def _write(self, record: logging.LogRecord) -> None:
        if sys.stderr is not None:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()


_Key = tuple[str, int, str]


@dataclass(slots=True)
class _Written:
    record: logging.LogRecord
    t: float
    repeats: int = 0


class RepeatLimit:
    """Lets the same message through once in `repeat_s` seconds and says later how often it came again.

    Two messages are the same when logger, level and text are. 0 seconds limit nothing.
    """

    def __init__(self, repeat_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._repeat_s = repeat_s
        self._clock = clock
        self._written: dict[_Key, _Written] = {}

    def admit(self, record: logging.LogRecord) -> list[logging.LogRecord]:
        """Return what is to be written now: the record unless it repeats one, and words about repeats."""
        if self._repeat_s <= 0:
            return [record]
        now = self._clock()
        over = self._expire(now)
        key = (record.name, record.levelno, record.getMessage())
        mine = over.pop(key, None)
        due = _summaries(over)
        if key in self._written:
            self._written[key].repeats += 1
            return due
        self._written[key] = _Written(record, now)
        return [*due, _repeated(record, mine.repeats + 1) if mine and mine.repeats else record]

    def drain(self) -> list[logging.LogRecord]:
        """Return what is still to be said about repeats; at the end."""
        return _summaries(self._expire(float("inf")))

    def _expire(self, now: float) -> dict[_Key, _Written]:
        over = {key: old for key, old in self._written.items() if now - old.t >= self._repeat_s}
        for key in over:
            del self._written[key]
        return over


def _summaries(over: Mapping[_Key, _Written]) -> list[logging.LogRecord]:
    return [_repeated(old.record, old.repeats) for old in over.values() if old.repeats]


def _repeated(record: logging.LogRecord, repeats: int) -> logging.LogRecord:
    times = "once" if repeats == 1 else f"{repeats} times"
    return _copied(record, f"{record.getMessage()} (repeated {times})", ())


def _without_data(record: logging.LogRecord) -> logging.LogRecord:
    """Return the record with every argument withheld that could carry measurements of a person."""
    args = record.args
    if isinstance(args, Mapping):
        return _copied(record, record.msg, {name: _withheld(value) for name, value in args.items()})
    return _copied(record, record.msg, tuple(_withheld(value) for value in args or ()))


def _withheld(value: object) -> Any:
    return value if isinstance(value, _PLAIN) else f"<{type(value).__name__} withheld>"


def _copied(record: logging.LogRecord, msg: str, args: Any) -> logging.LogRecord:
    copied = logging.makeLogRecord(record.__dict__)
    copied.msg, copied.args = msg, args
    return copied
