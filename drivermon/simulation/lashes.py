"""Eyelashes, which hang on the moved lids."""

from dataclasses import dataclass

import numpy as np

from drivermon.simulation.arrays import FloatArray, IntArray
from drivermon.simulation.mesh import LEFT, HeadMesh

# the upper lashes turn down as the lid closes; else a landmark network goes on seeing an open eye
UPPER_DOWN_DEG, LOWER_DOWN_DEG = 60.0, 20.0


@dataclass(frozen=True, slots=True)
class Lashes:
    """A strip of lashes that hangs on a lid margin."""

    side: str
    row: str
    tips: IntArray
    roots: IntArray
    offsets: FloatArray

    @classmethod
    def of(cls, mesh: HeadMesh, row: str, side: str, neutral: FloatArray) -> "Lashes":
        """Hang the `row` ("upper", "lower") of one side on the nearest skin of a head without expression."""
        tips = mesh.positions_of(f"{row}_lashes")
        tips = tips[(mesh.positions[tips, 0] > 0) == (side == LEFT)]
        skin = mesh.positions_of("skin", "socket")
        distance = np.linalg.norm(mesh.positions[tips][:, None] - mesh.positions[skin][None], axis=2)
        roots = skin[distance.argmin(1)]
        return cls(side, row, tips, roots, neutral[tips] - neutral[roots])

    def place(self, positions: FloatArray, length: float, shut: float) -> None:
        """Hang the strip on the moved lid, `length` long, turned down by how far the lid is shut."""
        angle = np.radians(UPPER_DOWN_DEG if self.row == "upper" else LOWER_DOWN_DEG) * shut
        c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        x, y, z = (self.offsets * np.float32(length)).T
        forward = np.float32(0.0004 + (0.002 * shut if self.row == "upper" else 0.0))
        positions[self.tips] = positions[self.roots] + np.stack(
            [x, y * c - z * s, y * s + z * c + forward], 1
        )
