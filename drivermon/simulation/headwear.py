"""Caps and face masks."""

import numpy as np

from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.grids import grid, grid_normals, tube
from drivermon.simulation.head import Head
from drivermon.simulation.parameters import DriverParameters
from drivermon.simulation.pieces import Piece, SkullPiece
from drivermon.simulation.skull import Skull
from drivermon.simulation.swatches import CAP, MASK
from drivermon.simulation.texels import face_angle

CAP_RIM_RAD = 1.25  # from the crown, over the forehead


def cap(skull: Skull) -> list[Piece]:
    """A cap with a peak."""
    rows, columns = 10, 49
    angle = np.linspace(-np.pi, np.pi, columns)[None].repeat(rows, 0)
    rim = CAP_RIM_RAD + 0.25 * (1 - np.cos(angle)) / 2
    points = skull.at(angle, np.linspace(0.02, 1, rows)[:, None] * rim, 0.009)
    triangles, atlas = grid(rows, columns, CAP)
    dome = SkullPiece(
        triangles=triangles,
        atlas=atlas,
        points=points.reshape(-1, 3),
        normals=grid_normals(points).reshape(-1, 3),
        sky=np.ones(rows * columns, np.float32),
        shine=0.01,
    )
    return [dome, _peak(skull)]


def _peak(skull: Skull) -> Piece:
    rows, columns = 6, 25
    angle = np.linspace(-1.05, 1.05, columns)[None].repeat(rows, 0)
    out = np.linspace(0, 1, rows)[:, None]
    rim = skull.at(angle, np.full_like(angle, CAP_RIM_RAD), 0.009)
    length = 0.068 * np.cos(angle / 1.05 * np.pi / 2) ** 0.6
    rim[..., 2] += length * out
    rim[..., 1] -= 0.020 * out + 0.018 * (1 - np.cos(angle)) * out
    triangles, atlas = grid(rows, columns, CAP)
    up = np.tile(np.array([0, 0.95, 0.3], np.float32), (rows * columns, 1))
    return SkullPiece(
        triangles=triangles,
        atlas=atlas,
        points=rim.reshape(-1, 3),
        normals=up,
        sky=np.full(rows * columns, 0.8, np.float32),
        shine=0.01,
    )


def face_mask(head: Head) -> list[Piece]:
    """A pleated mask from the bridge of the nose to under the chin, with loops to the ears."""
    shut = _mask_points(head, head.expressed(DriverParameters()))
    opened = _mask_points(head, head.expressed(DriverParameters(jaw=1)))
    rows, columns = shut.shape[:2]
    triangles, atlas = grid(rows, columns, MASK)
    cloth = SkullPiece(
        triangles=triangles,
        atlas=atlas,
        points=shut.reshape(-1, 3),
        opened=opened.reshape(-1, 3),
        normals=grid_normals(shut).reshape(-1, 3),
        sky=np.full(rows * columns, 0.85, np.float32),
    )
    points = head.mesh.landmarks(head.neutral)
    loops = []
    for column, jaw in ((0, points[0]), (-1, points[16])):
        sign = np.sign(jaw[0])
        behind = jaw + np.array([sign * 0.010, -0.004, -0.012], np.float32)
        for row in (1, rows - 2):
            path = np.stack(
                [shut[row, column], (shut[row, column] + behind) / 2 + (sign * 0.004, 0, 0), behind]
            )
            loops.append(tube(path.astype(np.float32), 0.0011, closed=False, swatch=MASK))
    return [cloth, *loops]


def _mask_points(head: Head, positions: FloatArray) -> FloatArray:
    """(R, C, 3) cloth stretched over the skin of the lower face."""
    rows, columns = 14, 27
    skin = positions[head.mesh.positions_of("skin")]
    skin_angle = face_angle(skin[:, 0], skin[:, 2])
    radius = np.hypot(skin[:, 0], skin[:, 2] + 0.0995)
    chin = positions[head.mesh.landmark_vertices[8, 0]]
    angle = np.linspace(-1.0, 1.0, columns)
    top = -0.014 - 0.014 * np.minimum(np.abs(angle) / 0.35, 1) - 0.004 * np.abs(angle)
    bottom = chin[1] - 0.004 + (0.030 + (-0.112 - chin[1]) * -0.6) * (np.abs(angle) / 1.0) ** 1.6
    y = top + np.linspace(0, 1, rows)[:, None] * (bottom - top)
    reach = np.zeros((rows, columns))
    for r in range(rows):
        for c in range(columns):
            near = np.exp(-(((skin_angle - angle[c]) / 0.11) ** 2) - ((skin[:, 1] - y[r, c]) / 0.009) ** 2)
            reach[r, c] = (radius * (near > 0.2)).max(initial=0.0) if (near > 0.2).any() else 0.0
    floor = np.where(reach > 0, reach, np.max(reach, 0, keepdims=True) * 0.9)
    smooth = floor.copy()
    for _ in range(3):
        padded = np.pad(smooth, 1, mode="edge")
        mean = (padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]) / 4
        smooth = np.maximum(0.5 * smooth + 0.5 * mean, floor - 0.002)
    smooth += 0.004
    turn = np.broadcast_to(angle, (rows, columns))
    return np.stack([np.sin(turn) * smooth, y, np.cos(turn) * smooth - 0.0995], -1).astype(np.float32)
