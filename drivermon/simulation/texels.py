"""Where each texel of the atlas lies on the head, and the regions of the head that paint and pieces share.

Features are placed on the base mesh, so that they follow every shape and expression.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from drivermon.simulation.arrays import FloatArray, IntArray
from drivermon.simulation.mesh import head_mesh
from drivermon.simulation.noise import smooth_noise
from drivermon.simulation.rasterizer import rasterize
from drivermon.simulation.swatches import ATLAS_HEIGHT, ATLAS_WIDTH

HAIRLINE_ANGLE = (0, 0.35, 0.7, 0.95, 1.15, 1.45, 1.75, 2.1, np.pi)  # radians from the front
HAIRLINE_Y = (0.0616, 0.0626, 0.0596, 0.0416, 0.0136, -0.0034, -0.0034, -0.053, -0.073)


@dataclass(frozen=True, slots=True)
class Texels:
    """Where each painted texel lies on the base mesh, metres; arrays (N,) of the texels in use.

    Attributes:
        index: in the flat atlas.
        part: number of the part.
        x: to the own left.
        y: up.
        z: forward.
        angle: about the upright axis, radians, 0 in front.
        lips: share 0 to 1.
        ears: share 0 to 1.

    """

    index: IntArray
    part: IntArray
    x: FloatArray
    y: FloatArray
    z: FloatArray
    angle: FloatArray
    lips: FloatArray
    ears: FloatArray

    def spot(self, x: float, y: float, width: float, height: float) -> FloatArray:
        """A soft spot on both sides of the face, 1 in the middle."""
        return np.asarray(np.exp(-(((np.abs(self.x) - x) / width) ** 2) - ((self.y - y) / height) ** 2))

    def of(self, plane: FloatArray) -> FloatArray:
        """The texels' values in a (H, W) plane."""
        return np.asarray(plane.ravel()[self.index])

    def noise(self, cells_px: tuple[int, ...], seed: int, gain: float = 0.5) -> FloatArray:
        """Smooth noise of unit size, see `smooth_noise`."""
        return self.of(smooth_noise((ATLAS_HEIGHT, ATLAS_WIDTH), cells_px, seed, gain))


def rise(values: FloatArray, low: float, high: float) -> FloatArray:
    """Smooth step from 0 at `low` to 1 at `high`, which may be the smaller."""
    t = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def linear(rgb: tuple[int, int, int]) -> FloatArray:
    """BGR reflectance of an sRGB colour."""
    return (np.array(rgb[::-1], np.float32) / 255) ** 2


def face_angle(x: FloatArray, z: FloatArray) -> FloatArray:
    """Angle about the head's upright axis, radians, 0 in front, > 0 to the own left."""
    return np.asarray(np.arctan2(x, z + 0.0995), np.float32)


def hair_share(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
    """How much a point of the base mesh lies inside the hairline, 0 to 1."""
    edge = np.interp(np.abs(face_angle(x, z)), HAIRLINE_ANGLE, HAIRLINE_Y).astype(np.float32)
    return rise(y - edge, -0.006, 0.006)


@cache
def texels() -> Texels:
    """Draw the mesh into its own atlas, with a margin so that seams don't bleed."""
    mesh = head_mesh()
    size = (ATLAS_WIDTH, ATLAS_HEIGHT)
    screen = mesh.atlas * np.array(size, np.float32)
    base = mesh.positions[mesh.render_to_position]
    seen = rasterize(screen, base[:, 2] + 1, mesh.triangles, size)  # the chest lies over the back
    attributes = np.column_stack([base, mesh.masks["lips"], mesh.masks["ears"]]).astype(np.float32)
    source = np.full(ATLAS_HEIGHT * ATLAS_WIDTH, -1)
    source[seen.pixel] = np.arange(len(seen.pixel))
    index, source = _with_margin(source.reshape(ATLAS_HEIGHT, ATLAS_WIDTH))
    x, y, z, lips, ears = seen.interpolate(mesh.triangles, attributes)[source].T.copy()
    part = mesh.triangle_part[seen.triangle[source]]
    return Texels(index, part, x, y, z, face_angle(x, z), lips, ears)


def _with_margin(source: IntArray) -> tuple[IntArray, IntArray]:
    """Flat indices of used texels and those up to four away, and the fragment each takes its values from."""
    empty = (source < 0).astype(np.uint8)
    distance, labels = cv2.distanceTransformWithLabels(empty, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    label_source = np.zeros(int(labels.max()) + 1, np.int64)
    used = source >= 0
    label_source[labels[used]] = source[used]
    index = np.flatnonzero(distance.ravel() <= 4)
    return index, label_source[labels.ravel()[index]]


def beard_share(
    x: FloatArray, y: FloatArray, z: FloatArray, lips: FloatArray, ears: FloatArray
) -> FloatArray:
    """How much a beard grows at a point of the base mesh, 0 to 1."""
    turned, across = np.abs(face_angle(x, z)), np.abs(x)
    side = rise(turned, 0.6, 1.2)
    region = rise(y, -0.040, -0.052) * (1 - side) + side * rise(y, 0.006, -0.020)
    region = region * rise(y, -0.128, -0.110) * rise(turned, 1.5, 1.25) * (1 - rise(lips, 0.1, 0.3))
    under_lip = np.exp(-((x / 0.005) ** 2) - ((y + 0.086) / 0.004) ** 2)
    bare_cheek = rise(y, -0.078, -0.062) * rise(across, 0.024, 0.030) * rise(turned, 0.9, 0.6)
    return np.asarray(region * (1 - 0.8 * under_lip) * (1 - bare_cheek) * (ears < 0.2), np.float32)


def mix(under: FloatArray, over: FloatArray, share: FloatArray) -> FloatArray:
    """`share` (N,) of `over` on the rest of `under`, (N,) or (N, C)."""
    if under.ndim == 2:
        share = share[:, None]
    return np.asarray(under + (over - under) * share, np.float32)
