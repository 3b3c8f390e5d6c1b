"""A z-buffer in numpy: which triangle is seen at which pixel, and where in the triangle."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drivermon.simulation.arrays import BoolArray, FloatArray, IntArray

Cutout = Callable[[IntArray, FloatArray], BoolArray]
"""Of fragments, given triangles (N,) and weights (3, N): which are solid."""


@dataclass(frozen=True, slots=True)
class Fragments:
    """Seen surface points, at most a few a pixel where surfaces tie.

    Attributes:
        pixel: (N,) row * width + column.
        triangle: (N,) index in the triangles drawn.
        weights: (3, N) barycentric weights of the triangle's corners.
        nearness: (height, width) the z-buffer, larger is nearer, 0 where nothing is.

    """

    pixel: IntArray
    triangle: IntArray
    weights: FloatArray
    nearness: FloatArray

    def interpolate(self, triangles: IntArray, attributes: FloatArray) -> FloatArray:
        """(N, K) of vertex attributes (V, K)."""
        corners = triangles[self.triangle]
        out: FloatArray = attributes[corners[:, 0]] * self.weights[0][:, None]
        out += attributes[corners[:, 1]] * self.weights[1][:, None]
        out += attributes[corners[:, 2]] * self.weights[2][:, None]
        return out

    def select_indices(self, index: IntArray) -> "Fragments":
        """Only the indexed ones."""
        return Fragments(self.pixel[index], self.triangle[index], self.weights[:, index], self.nearness)


def rasterize(
    screen: FloatArray,
    nearness: FloatArray,
    triangles: IntArray,
    size: tuple[int, int],
    two_sided: BoolArray | None = None,
    cutout: Cutout | None = None,
) -> Fragments:
    """Draw triangles into a z-buffer; pixel centres lie at .5.

    Args:
        screen: (V, 2) pixels, y down.
        nearness: (V,) > 0, larger is nearer and linear in the picture (1 / depth in perspective).
        triangles: (T, 3) vertices, counter-clockwise seen from the front.
        size: width, height.
        two_sided: (T,) triangles that are drawn from behind too; all without it.
        cutout: tells solid fragments from holes (hair).

    """
    width, height = size
    x, y = screen[:, 0][triangles], screen[:, 1][triangles]
    area = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
    left, right = _centres_between(x, width)
    top, bottom = _centres_between(y, height)
    drawn = (np.abs(area) > 1e-6) & (right >= left) & (bottom >= top)
    if two_sided is not None:
        drawn &= two_sided | (area < 0)
    ids = np.flatnonzero(drawn)
    triangle, weights, column, row = _covered(
        x[ids], y[ids], area[ids], left[ids], right[ids], top[ids], bottom[ids]
    )
    triangle = ids[triangle]
    if cutout is not None:
        solid = cutout(triangle, weights)
        triangle, weights, column, row = triangle[solid], weights[:, solid], column[solid], row[solid]
    corner = nearness[triangles]
    near = np.zeros(len(triangle), np.float32)
    for k in range(3):
        near += corner[triangle, k] * weights[k]
    pixel = row * width + column
    buffer = np.zeros(width * height, np.float32)
    np.maximum.at(buffer, pixel, near)
    seen = near >= buffer[pixel]
    return Fragments(pixel[seen], triangle[seen], weights[:, seen], buffer.reshape(height, width))


def _centres_between(corners: FloatArray, size: int) -> tuple[IntArray, IntArray]:
    """First and last pixel (T,) in the picture whose centre can lie in a triangle's extent (T, 3)."""
    a, b, c = corners.T
    low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)  # much faster than min(1)
    first = np.maximum(np.ceil(low - 0.5), 0).astype(np.int64)
    last = np.minimum(np.floor(high - 0.5), size - 1).astype(np.int64)
    return first, last


def _covered(
    x: FloatArray,
    y: FloatArray,
    area: FloatArray,
    left: IntArray,
    right: IntArray,
    top: IntArray,
    bottom: IntArray,
) -> tuple[IntArray, FloatArray, IntArray, IntArray]:
    """Triangle, weights (3, N), column and row of every pixel centre inside a triangle."""
    columns, rows = right - left + 1, bottom - top + 1
    count = columns * rows
    triangle = np.repeat(np.arange(len(count)), count)
    offset = (np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)).astype(np.int32)
    wide = columns.astype(np.int32)[triangle]
    row = offset // wide
    column = offset - row * wide
    inverse = (1 / area).astype(np.float32)
    a1, b1 = (y[:, 2] - y[:, 0]) * inverse, -(x[:, 2] - x[:, 0]) * inverse
    a2, b2 = -(y[:, 1] - y[:, 0]) * inverse, (x[:, 1] - x[:, 0]) * inverse
    dx, dy = (left + 0.5 - x[:, 0]).astype(np.float32), (top + 0.5 - y[:, 0]).astype(np.float32)
    u, v = column.astype(np.float32), row.astype(np.float32)
    w1 = (a1 * dx + b1 * dy)[triangle] + a1[triangle] * u + b1[triangle] * v
    w2 = (a2 * dx + b2 * dy)[triangle] + a2[triangle] * u + b2[triangle] * v
    inside = np.flatnonzero((w1 >= 0) & (w2 >= 0) & (w1 + w2 <= 1))
    triangle, w1, w2 = triangle[inside], w1[inside], w2[inside]
    return (
        triangle,
        np.stack([1 - w1 - w2, w1, w2]),
        left[triangle] + column[inside],
        top[triangle] + row[inside],
    )
