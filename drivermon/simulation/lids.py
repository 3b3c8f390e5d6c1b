"""Eyelids with an exact aperture.

The mesh's blink unit at full weight overshoots on some faces and leaves a slit on others. Here each
column of the lid margin gets the weight that closes it by the same share as its neighbours, so that a gap
is exactly what was asked for, all along the lid, and upper and lower margin meet but never cross.
"""

from dataclasses import dataclass

import numpy as np

from drivermon.simulation.arrays import FloatArray, IntArray
from drivermon.simulation.mesh import HeadMesh, LidMargins

EAR_COLUMNS = (2, 4)  # those that carry the four lid points of the 68


@dataclass(frozen=True, slots=True)
class Lid:
    """One eye's lids on one head.

    Attributes:
        margins: columns of the lid margins.
        open_gap_m: mean gap over the columns of this person's open eye.
        blink: positions and displacements that close the lid.
        wide: positions and displacements that open it further.
        columns: for each blink position, the place among the columns (0 to 7, fractional).

    """

    margins: LidMargins
    open_gap_m: float
    blink: tuple[IntArray, FloatArray]
    wide: tuple[IntArray, FloatArray]
    columns: FloatArray

    @property
    def upper_middle(self) -> int:
        """Vertex in the middle of the upper margin."""
        return int(self.margins.upper[len(self.margins.upper) // 2])

    def gaps(self, positions: FloatArray) -> FloatArray:
        """Height in metres of every column, in the head's own upright frame."""
        return np.asarray(positions[self.margins.upper, 1] - positions[self.margins.lower, 1])

    def aperture(self, positions: FloatArray) -> float:
        """Mean gap as a share of the open eye's."""
        return float(self.gaps(positions).mean()) / self.open_gap_m

    def set_aperture(self, positions: FloatArray, aperture: float) -> None:
        """Move the lids, in place, until the mean gap is `aperture` of the open eye's."""
        gaps = self.gaps(positions)
        mean, wanted = float(gaps.mean()), aperture * self.open_gap_m
        if wanted < mean:
            share = gaps * (1 - wanted / mean)
            index, delta = self.blink
            weight = np.interp(self.columns, np.arange(len(gaps)), share / self._rate(self.blink))
            positions[index] += delta * weight[:, None].astype(np.float32)
        else:
            index, delta = self.wide
            positions[index] += delta * np.float32((wanted - mean) / -self._rate(self.wide).mean())

    def _rate(self, unit: tuple[IntArray, FloatArray]) -> FloatArray:
        """How much each column closes at full weight, metres."""
        index, delta = unit
        moved = np.zeros(int(max(index.max(), *self.margins.upper, *self.margins.lower)) + 1, np.float32)
        moved[index] = delta[:, 1]
        return moved[self.margins.lower] - moved[self.margins.upper]


def make_lid(mesh: HeadMesh, side: str, neutral: FloatArray, open_ear: float) -> Lid:
    """Prepare one eye's lids.

    Args:
        mesh: the base mesh.
        side: "left" or "right".
        neutral: (P, 3) expressionless positions.
        open_ear: eye aspect ratio of the open eye, seen from the front.

    """
    margins = mesh.lids[side]
    blink, wide = (mesh.targets[f"unit/{name}{side.capitalize()}"] for name in ("eyeBlink", "eyeWide"))
    x = (neutral[margins.upper, 0] + neutral[margins.lower, 0]) / 2
    order = np.argsort(x)
    columns = np.interp(neutral[blink[0], 0], x[order], order.astype(np.float64))
    for row in (margins.upper, margins.lower):
        for column, vertex in enumerate(row):
            columns[blink[0] == vertex] = column
    gaps = neutral[margins.upper, 1] - neutral[margins.lower, 1]
    open_gap_m = open_ear * _width(mesh, side, neutral) * float(gaps.mean() / gaps[list(EAR_COLUMNS)].mean())
    return Lid(margins, open_gap_m, blink, wide, columns.astype(np.float32))


def _width(mesh: HeadMesh, side: str, neutral: FloatArray) -> float:
    """Distance of the eye's corners, metres."""
    points = mesh.landmarks(neutral)
    inner, outer = (42, 45) if side == "left" else (39, 36)
    return float(np.linalg.norm(points[outer] - points[inner]))
