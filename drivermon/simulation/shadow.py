"""Shadows that a hard key light casts."""

from dataclasses import dataclass

import numpy as np

from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.lighting import Lighting
from drivermon.simulation.pieces import Vertices
from drivermon.simulation.rasterizer import rasterize
from drivermon.simulation.surfaces import Surfaces

SHADOW_PX = 256
SHADOW_EXTENT_M = 0.62
SHADOW_BIAS_M = 0.008


@dataclass(frozen=True, slots=True)
class ShadowMap:
    """What the key light sees, orthographic."""

    across: FloatArray
    upward: FloatArray
    centre: FloatArray
    toward: FloatArray
    nearness: FloatArray

    def coordinates(self, points: FloatArray) -> FloatArray:
        """(V, 3): pixel x, y in the map and nearness to the light, metres."""
        local = points - self.centre
        scale = np.float32(SHADOW_PX / SHADOW_EXTENT_M)
        x = local @ self.across * scale + SHADOW_PX / 2
        y = -(local @ self.upward) * scale + SHADOW_PX / 2
        return np.stack([x, y, local @ self.toward + 1], 1).astype(np.float32)

    def lit(self, at: FloatArray, facing: FloatArray) -> FloatArray:
        """(N,) share of the light that arrives, soft over about 3 mm."""
        near = at[:, 2] + SHADOW_BIAS_M + 0.008 * (1 - facing)
        share = np.zeros(len(at), np.float32)
        taps = ((0.0, 0.0), (1.1, 0.4), (-1.1, -0.4), (0.4, -1.1), (-0.4, 1.1))
        for dx, dy in taps:
            column = np.clip(at[:, 0] + dx, 0, SHADOW_PX - 1).astype(np.int32)
            row = np.clip(at[:, 1] + dy, 0, SHADOW_PX - 1).astype(np.int32)
            share += near > self.nearness[row, column]
        return share / len(taps)


def cast_shadows(vertices: Vertices, surfaces: Surfaces, lighting: Lighting, centre: FloatArray) -> ShadowMap:
    """Draw the person from the key light."""
    toward = lighting.toward
    across = np.cross(np.array([0, 1, 0.01], np.float32), toward)
    across /= np.linalg.norm(across)
    upward = np.cross(toward, across)
    empty = ShadowMap(across, upward, centre, toward, np.zeros((1, 1), np.float32))
    at = empty.coordinates(vertices.places)
    caster = surfaces.casts_shadow
    drawn = rasterize(at[:, :2], at[:, 2], surfaces.triangles[caster], (SHADOW_PX, SHADOW_PX))
    return ShadowMap(across, upward, centre, toward, drawn.nearness)
