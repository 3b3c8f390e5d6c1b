"""What happens in a drive as labelled intervals, for judging what was detected."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivermon.simulation.drive.casting import identity_of
from drivermon.simulation.drive.timeline import EXPRESSIONS, GONE, Curves, Timeline, apertures
from drivermon.simulation.drive.view import BoolArray, face_view

FloatArray = NDArray[np.float64]

CLOSED_BELOW = 0.2
"""Aperture under which an eye is closed (PERCLOS P80)."""

BLINK_MOST_S = 0.5
"""A closure up to here is a blink, a longer one `eyes_closed`."""

AWAY_YAW_DEG, AWAY_PITCH_DEG = 23.0, 18.0
"""Head angles from straight ahead past which a driver looks away (openpilot's gates)."""

KNOWN_S = 0.3
"""A closure seen for so long is known, and goes on as one when the eyes get out of sight."""

HALF_SHUT = 0.5
"""Lids that are shut by less are down for another reason, such as a look."""

SHOWN_GRADE = 0.5
"""Grade from which an expression is an event."""

COLUMNS = ("clip", "event", "start_s", "end_s", "remark")

_STEP_S = 0.005
_TOLD_BY_CURVES = {"blink", "eyes closed", "leaves", "smile", *EXPRESSIONS}


@dataclass(frozen=True, slots=True)
class Label:
    """One thing that happens, from `start_s` to `end_s`."""

    event: str
    start_s: float
    end_s: float
    remark: str = ""


def labels(timeline: Timeline) -> list[Label]:
    """Return everything that happens, in order of start.

    From the movements themselves, so as they are and not as they are written: `blink` and `eyes_closed`
    (both eyes under 0.2 of their opening; split at 0.5 s; from when they are seen, to their end, seen or
    not; lids that are down with the head alone are a look away), `away` (head past 23 degrees of yaw or 18
    of pitch; a head that sinks with closed eyes looks nowhere), `not_seen` (no face to see, whatever the
    camera does), `eyes_hidden` (dark lenses), `emotion NAME` (grade of 0.5 and more).
    Every other action under its own name (`yawn`, `talk`, `camera_lost`, ...), from the moment when it
    counts to the moment when it no longer does, with its line in the script as the remark.
    """
    script = timeline.script
    t = np.arange(0.0, script.length_s + _STEP_S / 2, _STEP_S)
    curves = timeline.curves(t)
    shown = face_view(curves, script.camera).shown
    dark_lenses = np.array([identity_of(driver).sunglasses for driver in timeline.drivers(t)])
    turned = np.maximum(np.abs(curves["yaw"]) / AWAY_YAW_DEG, np.abs(curves["pitch"]) / AWAY_PITCH_DEG)
    closures = list(_closures(t, curves, turned, shown & ~dark_lenses))
    asleep = [(start, end) for start, end in closures if end - start >= BLINK_MOST_S]
    found = [Label("eyes_closed" if span in asleep else "blink", *span) for span in closures]
    found += [
        Label("away", *span)
        for span in _below(t, np.where(shown, -turned, 0.0), -1.0)
        if not any(start <= span[0] < end for start, end in asleep)
    ]
    found += [Label("not_seen", *span) for span in _where(t, ~shown)]
    found += [Label("eyes_hidden", *span) for span in _where(t, shown & dark_lenses)]
    for name in EXPRESSIONS:
        found += [Label(f"emotion {name}", *span) for span in _below(t, -curves[name], -SHOWN_GRADE + 1e-9)]
    for step in script.steps:
        if not step.action.releases and step.action.name not in _TOLD_BY_CURVES:
            end_s = min(step.end_s, script.length_s)
            event = step.action.name.replace(" ", "_")
            found.append(Label(event, step.start_s, end_s, f"line {step.line} of the script"))
    return sorted(found, key=lambda label: (label.start_s, label.end_s, label.event))


def write_labels(path: Path, clip: str, found: list[Label]) -> None:
    """Write labels of `clip` as CSV with the columns `COLUMNS`, times to the millisecond."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for label in found:
            writer.writerow([clip, label.event, f"{label.start_s:.3f}", f"{label.end_s:.3f}", label.remark])


def _closures(
    t: FloatArray, curves: Curves, turned: FloatArray, seen: BoolArray
) -> Iterator[tuple[float, float]]:
    """Yield each closure from when it is seen for `KNOWN_S`, or all of a shorter one, to its end."""
    there = curves["absent"] < GONE
    opening = np.maximum(*apertures(curves))
    shut = np.minimum(curves["shut_left"], curves["shut_right"])
    for start, end in _below(t, np.where(there, opening, 1.0), CLOSED_BELOW):
        part = slice(*np.searchsorted(t, (start, end)).tolist())
        only_looks = np.median(shut[part]) < HALF_SHUT and np.median(turned[part]) >= 1.0
        for first, last in _where(t[part], seen[part]):
            if not only_looks and last - first >= min(KNOWN_S, end - start - 2 * _STEP_S):
                yield (start if first == t[part][0] else first), end
                break


def _where(t: FloatArray, holds: BoolArray) -> list[tuple[float, float]]:
    return _below(t, np.where(holds, 0.0, 1.0), 0.5)


def _below(t: FloatArray, curve: FloatArray, limit: float) -> list[tuple[float, float]]:
    """Return where `curve` is below `limit`, crossings interpolated between the samples."""
    below = np.concatenate([[False], curve < limit, [False]])
    edges = np.flatnonzero(below[1:] != below[:-1])
    return [
        (_crossing(t, curve, limit, first), _crossing(t, curve, limit, after))
        for first, after in zip(edges[::2], edges[1::2], strict=True)
    ]


def _crossing(t: FloatArray, curve: FloatArray, limit: float, k: int) -> float:
    if k in (0, len(t)):
        return float(t[min(k, len(t) - 1)])
    share = (limit - curve[k - 1]) / (curve[k] - curve[k - 1])
    return float(t[k - 1] + share * (t[k] - t[k - 1]))
