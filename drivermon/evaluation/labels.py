"""Labelled events of a drive: from a CSV, or from the script of a simulated drive."""

import csv
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from drivermon.errors import LabelsError
from drivermon.evaluation.topics import CONTEXT, TOPIC_OF, known
from drivermon.simulation.drive.labels import COLUMNS, Label, labels
from drivermon.simulation.drive.timeline import Timeline
from drivermon.simulation.play import load_script

SIMULATED = "sim:"

SHARED_FILE = "labels.csv"
"""Labels of all drives in a folder; those of one drive alone are in STEM.events.csv, as `simulate` writes."""


def labels_of(drive: str, stem: str, file: Path | None = None) -> list[Label]:
    """Return the labelled events of a drive, by start.

    Args:
        drive: as given to `open_source`.
        stem: short name of the drive; labels of a clip of any ending belong to it.
        file: with the labels; without it they come from the script of a simulated drive, or from
            STEM.events.csv or labels.csv beside the drive.

    Raises:
        LabelsError: there is no such file, it has no row for this drive, or a row can't be used.

    """
    if file is None and drive.startswith(SIMULATED):
        script = load_script(drive.removeprefix(SIMULATED))
        return [label for label in labels(Timeline(script)) if label.event in TOPIC_OF]
    path = file or _beside(Path(drive), stem)
    mine = [label for clip, label in read_labels(path) if Path(clip).stem == stem]
    if not mine:
        raise LabelsError(
            f"{path}: no row for {stem}; label what happens, or that nothing does: "
            f"{stem},attentive,START,END,"
        )
    return sorted(mine, key=lambda label: (label.start_s, label.end_s))


def read_labels(path: Path) -> list[tuple[str, Label]]:
    """Read a CSV with the columns `clip,event,start_s,end_s,remark` as pairs of clip and label.

    Raises:
        LabelsError: can't be read, a column is missing, an event's kind is not known, a time is no
            number or no interval, or two events of the same kind overlap; names the line.

    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in COLUMNS[:4] if name not in (reader.fieldnames or ())]
            if missing:
                raise LabelsError(
                    f"{path}: no column {', '.join(missing)}; the first line is {','.join(COLUMNS)}"
                )
            rows = [(f"{path}:{reader.line_num}", row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise LabelsError(f"{path}: the labels can't be read: {reason}") from None
    found = [(where, row["clip"] or "", _label(row, where)) for where, row in rows]
    _refuse_overlaps(found)
    return [(clip, label) for _, clip, label in found]


def refuse_beyond(found: Iterable[Label], name: str, end_s: float, tolerance_s: float) -> None:
    """Refuse labels of something after the drive has ended.

    Raises:
        LabelsError: an event ends more than `tolerance_s` after `end_s`.

    """
    for label in found:
        if label.end_s > end_s + tolerance_s:
            raise LabelsError(
                f"{name}: {label.event} from {label.start_s:g} to {label.end_s:g} s lies beyond the end of "
                f"the drive at {end_s:.2f} s; are these the labels of another drive?"
            )


def _beside(drive: Path, stem: str) -> Path:
    candidates = (drive.with_name(f"{stem}.events.csv"), drive.with_name(SHARED_FILE))
    for path in candidates:
        if path.is_file():
            return path
    raise LabelsError(
        f"{drive}: no labelled events beside it, neither {candidates[0].name} nor {SHARED_FILE}; "
        "name their file with --labels"
    )


def _label(row: dict[str, str | None], where: str) -> Label:
    event = row["event"] or ""
    if not known(event):
        raise LabelsError(
            f"{where}: {event!r} is no kind of event; known are {', '.join([*TOPIC_OF, *CONTEXT])}, "
            "and the actions of drive scripts"
        )
    start, end = (_seconds(row[name], name, where) for name in ("start_s", "end_s"))
    if end < start:
        raise LabelsError(f"{where}: {event} ends at {end:g} s, before it starts at {start:g} s")
    return Label(event, start, end, row.get("remark") or "")


def _seconds(text: str | None, name: str, where: str) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0.0):
        raise LabelsError(f"{where}: {name} is {text!r}; give seconds from the start of the drive")
    return value


def _refuse_overlaps(found: Sequence[tuple[str, str, Label]]) -> None:
    """Two at once of the same kind would be counted twice; scripts may say an action twice."""
    judged = [entry for entry in found if entry[2].event in TOPIC_OF]
    ordered = sorted(judged, key=lambda entry: (entry[1], entry[2].event, entry[2].start_s))
    for (_, clip, before), (where, other, label) in pairwise(ordered):
        if clip == other and before.event == label.event and label.start_s < before.end_s:
            raise LabelsError(
                f"{where}: {label.event} from {label.start_s:g} s overlaps the one until {before.end_s:g} s; "
                "write them as one"
            )
