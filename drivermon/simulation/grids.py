"""Surfaces made of grids: sheets and tubes."""

import numpy as np

from drivermon.simulation.arrays import FloatArray, IntArray
from drivermon.simulation.pieces import SkullPiece
from drivermon.simulation.swatches import Swatch


def grid(rows: int, columns: int, swatch: Swatch) -> tuple[IntArray, FloatArray]:
    """Triangles, front to +z for rows that go down and columns that go to +x, and their atlas coordinates."""
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = (q.ravel() for q in (index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]))
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    down, across = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    return triangles, swatch.coordinates(down.ravel(), across.ravel())


def grid_normals(points: FloatArray) -> FloatArray:
    """(R, C, 3) normals of a grid of points, to +z for rows that go down and columns that go to +x."""
    down = np.gradient(points, axis=0)
    across = np.gradient(points, axis=1)
    normals = np.cross(down, across)
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), 1e-9), np.float32)


def tube(path: FloatArray, radius_m: float, *, closed: bool, swatch: Swatch) -> SkullPiece:
    """A thin tube along a path."""
    sides = 6
    along = np.roll(path, -1, 0) - np.roll(path, 1, 0)
    if not closed:
        along[0], along[-1] = path[1] - path[0], path[-1] - path[-2]
    along = along / np.linalg.norm(along, axis=1, keepdims=True)
    first = np.cross(along, np.array([0.05, 0.1, 1.0]))
    weak = np.linalg.norm(first, axis=1) < 0.3
    first[weak] = np.cross(along[weak], np.array([0, 1.0, 0]))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(along, first)
    turn = np.arange(sides) * 2 * np.pi / sides
    normals = np.cos(turn)[None, :, None] * first[:, None] + np.sin(turn)[None, :, None] * second[:, None]
    points = path[:, None] + radius_m * normals
    n = len(path)
    i = np.arange(n if closed else n - 1)[:, None]
    k = np.arange(sides)[None]
    a, b = i * sides + k, (i + 1) % n * sides + k
    c, d = (i + 1) % n * sides + (k + 1) % sides, i * sides + (k + 1) % sides
    quads = np.stack([a, b, c, d], -1).reshape(-1, 4)
    half = np.full(n * sides, 0.5)
    return SkullPiece(
        triangles=np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]),
        atlas=swatch.coordinates(half, half),
        points=points.reshape(-1, 3).astype(np.float32),
        normals=normals.reshape(-1, 3).astype(np.float32),
        sky=np.ones(n * sides, np.float32),
        shine=0.15,
    )
