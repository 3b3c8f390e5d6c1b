"""Vehicle signals recorded beside the pictures: `STEM.signals.csv` or `STEM.signals.jsonl`.

The CSV file has the columns `t,name,value`; JSON lines have the same fields. `t` is in seconds
on the recording's own clock and never goes back. A value is a number, `true`, `false` or text;
an empty one (`null` in JSON) says that it is unknown from then on.
"""

import csv
import heapq
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from drivermon.errors import SourceError
from drivermon.events import TIME_DECIMALS, SignalValue, VehicleSignal
from drivermon.messages import Event
from drivermon.records import parse_signal

COLUMNS = ("t", "name", "value")


def signals_beside(recording: Path) -> list[VehicleSignal]:
    """Return the signals recorded beside `recording`, a file or folder; empty where there are none.

    Raises:
        SourceError: two files of signals, or one with a broken line; names file and line.

    """
    if recording.is_dir():
        recording = recording.resolve()
    stem = recording.name if recording.is_dir() else recording.stem
    table, lines = (recording.parent / f"{stem}.signals.{kind}" for kind in ("csv", "jsonl"))
    if table.exists() and lines.exists():
        raise SourceError(f"{table} and {lines.name} both belong to {recording.name}; remove one of them")
    if table.exists():
        return _in_order(_from_csv(table))
    if lines.exists():
        return _in_order(_from_json_lines(lines))
    return []


def with_signals(events: Iterable[Event], signals: Sequence[VehicleSignal]) -> Iterator[Event]:
    """Merge `signals` into `events` by time; at the same time the signal comes first."""
    return heapq.merge(signals, events, key=lambda event: event.t)


def _from_csv(path: Path) -> Iterator[tuple[str, VehicleSignal]]:
    rows = csv.reader(_text(path).splitlines())
    header = [name.strip() for name in next(rows, [])]
    if header != list(COLUMNS):
        raise SourceError(f"{path}:1: columns are {','.join(header) or 'none'}; need {','.join(COLUMNS)}")
    for number, fields in enumerate(rows, start=2):
        where = f"{path}:{number}"
        if not fields:
            continue
        if len(fields) != len(COLUMNS):
            raise SourceError(f"{where}: {len(fields)} fields; need {','.join(COLUMNS)}")
        t, name, value = (field.strip() for field in fields)
        if not name:
            raise SourceError(f"{where}: name is empty")
        yield where, VehicleSignal(_time(t, where), name, _value(value, where))


def _from_json_lines(path: Path) -> Iterator[tuple[str, VehicleSignal]]:
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if line.strip():
            where = f"{path}:{number}"
            yield where, parse_signal(line, where)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SourceError(f"{path}: can't be read: {error.strerror}; check permissions") from None
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not UTF-8 text ({error.reason}); save it as UTF-8") from None


def _in_order(signals: Iterable[tuple[str, VehicleSignal]]) -> list[VehicleSignal]:
    ordered: list[VehicleSignal] = []
    for where, signal in signals:
        if ordered and signal.t < ordered[-1].t:
            raise SourceError(f"{where}: time goes back from {ordered[-1].t} to {signal.t} s; sort the lines")
        ordered.append(signal)
    return ordered


def _time(text: str, where: str) -> float:
    try:
        t = float(text)
    except ValueError:
        t = math.nan
    if not math.isfinite(t):
        raise SourceError(f"{where}: t = {text!r} is not a number of seconds")
    return round(t, TIME_DECIMALS)


def _value(text: str, where: str) -> SignalValue:
    if not text:
        return None
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        raise SourceError(f"{where}: value = {text!r} is not a finite number; leave it empty for unknown")
    return number
