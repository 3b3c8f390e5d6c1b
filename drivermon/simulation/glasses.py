"""Frames of glasses; `lenses` lays the glass into them."""

from dataclasses import dataclass

import numpy as np

from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.grids import tube
from drivermon.simulation.head import Head
from drivermon.simulation.identity import Identity
from drivermon.simulation.mesh import LEFT, SIDES
from drivermon.simulation.pieces import SkullPiece
from drivermon.simulation.swatches import FRAME


@dataclass(frozen=True, slots=True)
class Frames:
    """A pair of glasses.

    Attributes:
        lenses: outline (N, 3) of each lens.
        paths: middle lines (N, 3) of the other tubes.
        radius_m: of the tubes.

    """

    lenses: tuple[FloatArray, FloatArray]
    paths: tuple[FloatArray, ...]
    radius_m: float

    @classmethod
    def of(cls, head: Head, identity: Identity) -> "Frames":
        """Fit a pair to the eyes, nose and ears; shape and size drawn from the identity."""
        random = np.random.default_rng(identity.seed + 77)
        wide = random.uniform(0.0265, 0.030) * (1.06 if identity.sunglasses else 1.0)
        high = random.uniform(0.018, 0.024) * (1.12 if identity.sunglasses else 1.0)
        power = random.uniform(2.1, 3.4)
        front = max(centre[2] + radius for centre, radius in head.eyes.values()) + 0.017
        around = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        across = np.sign(np.cos(around)) * np.abs(np.cos(around)) ** (2 / power) * wide
        upward = np.sign(np.sin(around)) * np.abs(np.sin(around)) ** (2 / power) * high
        lenses, paths = [], []

        def curved(x: FloatArray) -> FloatArray:
            return np.asarray(front - 2.8 * x**2)

        for side in SIDES:
            sign = 1 if side == LEFT else -1
            x, y, _ = head.eyes[side][0]
            x = x + sign * 0.0015
            outline = np.stack([x + across, y - 0.003 + upward, curved(x + across)], 1)
            lenses.append(outline.astype(np.float32))
            hinge = x + sign * wide
            ear = head.mesh.landmarks(head.neutral)[16 if side == LEFT else 0]
            bar = [
                [hinge, y + 0.008, curved(hinge)],
                [hinge + sign * 0.007, y + 0.008, curved(hinge) - 0.012],
                [ear[0] + sign * 0.008, y + 0.008, ear[2] - 0.005],
            ]
            paths.append(np.array(bar, np.float32))
        inner = [lens[np.abs(lens[:, 0]).argmin()] for lens in lenses]
        middle = (inner[0] + inner[1]) / 2 + np.array([0, 0.006, 0.002], np.float32)
        paths.append(np.array([inner[0] + (0, 0.004, 0), middle, inner[1] + (0, 0.004, 0)], np.float32))
        return cls((lenses[0], lenses[1]), tuple(paths), float(random.uniform(0.0009, 0.0020)))

    def pieces(self) -> list[SkullPiece]:
        """Rims, bridge and bars."""
        rims = [tube(lens, self.radius_m, closed=True, swatch=FRAME) for lens in self.lenses]
        return rims + [tube(path, self.radius_m, closed=False, swatch=FRAME) for path in self.paths]
