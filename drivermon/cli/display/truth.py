"""The truth of a simulated drive in the words of the demo's comparison."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from drivermon.cli.display.screen import Reading, angles, number, pair
from drivermon.emotions import EMOTIONS

EXPRESSED = 0.3
"""From this grade on an expression is called by its name."""


class TruthTrack:
    """The truth of every frame, by time.

    Args:
        rows: as `drivermon.simulation.demo_truth` gives them, in order of time.

    """

    def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
        self._rows = rows
        self._times = [row["t"] for row in rows]

    def at(self, t: float) -> Reading | None:
        """Return the truth of the last frame at or before `t` seconds, `None` before the first."""
        place = bisect_right(self._times, t + 1e-6) - 1
        return reading(self._rows[place]) if place >= 0 else None


def reading(row: dict[str, Any]) -> Reading:
    """Return one row of truth in words."""
    doing = ", ".join(row["doing"]) or "drives"
    if not row["parameters"]["present"] or row["yaw_deg"] is None:
        return Reading(face="nobody there", doing=doing)
    grades = row["parameters"]["expression"]
    strongest = max(EMOTIONS, key=lambda emotion: grades.get(emotion, 0.0))
    return Reading(
        emotion=strongest if grades.get(strongest, 0.0) >= EXPRESSED else "neutral",
        face="visible" if row["face_visible"] and row["covered"] < 0.5 else "hidden",
        eyes=pair(row["left_ear"], row["right_ear"]),
        mouth=number(row["inner_lip_ratio"]),
        head=angles(row["yaw_deg"], row["pitch_deg"], row["roll_deg"]),
        doing=doing,
    )
