"""How far a head reaches in each direction, for what is worn on it."""

from dataclasses import dataclass

import cv2
import numpy as np

from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.head import Head


@dataclass(frozen=True, slots=True)
class Skull:
    """How far the head reaches from its middle, for what is not shaped by the skin beneath.

    Attributes:
        centre: (3,) between the temples.
        directions: (N, 3) unit vectors to points of the skin.
        radii: (N,) their distances.

    """

    centre: FloatArray
    directions: FloatArray
    radii: FloatArray

    @classmethod
    def of(cls, head: Head) -> "Skull":
        """Measure the head above the ears."""
        skin = head.mesh.positions_of("skin")
        ears = head.mesh.by_position(head.mesh.masks["ears"])[skin]
        points = head.neutral[skin[(head.mesh.positions[skin, 1] > -0.02) & (ears < 0.3)]]
        centre = np.array([0, 0.028, (points[:, 2].min() + 0.012) / 2], np.float32)
        local = points - centre
        radii = np.linalg.norm(local, axis=1)
        return cls(centre, local / radii[:, None], radii)

    def at(self, angle: FloatArray, polar: FloatArray, above_m: float) -> FloatArray:
        """Points over the skin, (R, C, 3).

        Args:
            angle: (R, C) from the front, radians, own left > 0.
            polar: (R, C) from the crown, radians.
            above_m: height over the skin.

        """
        around = np.sin(polar)
        unit = np.stack([np.sin(angle) * around, np.cos(polar), np.cos(angle) * around], -1)
        near = unit @ self.directions.T > np.cos(0.22)
        reach = (near * self.radii).max(-1) + above_m
        reach = cv2.blur(np.pad(reach, 2, mode="edge"), (3, 3))[2:-2, 2:-2]
        return np.asarray(self.centre + unit * reach[..., None], np.float32)
