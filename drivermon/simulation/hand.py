"""A hand before the face: the mesh's own hand, moved as one stiff piece."""

from dataclasses import dataclass

import numpy as np

from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.geometry import rotation_matrix
from drivermon.simulation.mesh import HeadMesh, vertex_normals
from drivermon.simulation.pieces import Body, Piece, Vertices
from drivermon.simulation.swatches import HAND, SLEEVE

# how far the hand is up -> middle of the palm before the face, metres, and the hand's tilt
UP = (0.0, 0.5, 1.0)
PALM_M = ((0.15, -0.42, 0.04), (0.010, -0.085, 0.070), (0.002, -0.040, 0.074))
TILT_DEG = (40.0, 30.0, 14.0)
WRIST_TO_PALM_M = 0.085
SLEEVE_BELOW_M = -0.045


@dataclass(frozen=True, slots=True, kw_only=True)
class HandPiece(Piece):
    """Hand and forearm: `points` (V, 3) from the wrist, fingers up, palm to the face; normals (V, 3)."""

    points: FloatArray
    normals: FloatArray

    def placed(self, body: Body) -> Vertices:
        """Raise it before the face."""
        rotation = rotation_matrix(0, 0, -float(np.interp(body.hand, UP, TILT_DEG)))
        palm = np.array([np.interp(body.hand, UP, axis) for axis in zip(*PALM_M, strict=True)], np.float32)
        wrist = palm - rotation @ np.array([0, WRIST_TO_PALM_M, 0], np.float32) + body.posed.seat
        return Vertices(
            self.points @ rotation.T + wrist,
            self.normals @ rotation.T,
            np.full(len(self.points), 0.85, np.float32),
        )


def hand_piece(mesh: HeadMesh) -> HandPiece:
    """The hand of any head: the baked one, turned so that the palm looks at the face."""
    span = mesh.hand_positions[:, :2]
    relative = (span - span.min(0)) / (span.max(0) - span.min(0))
    sleeve = mesh.hand_positions[:, 1] < SLEEVE_BELOW_M
    atlas = HAND.coordinates(relative[:, 1], relative[:, 0])
    atlas[sleeve] = SLEEVE.coordinates(relative[sleeve, 1], relative[sleeve, 0])
    points = mesh.hand_positions * np.array([-1, 1, -1], np.float32)
    points[:, 2] -= points[points[:, 1] > 0.02, 2].mean()
    triangles = mesh.hand_triangles
    quads = np.concatenate([triangles, triangles[:, 2:]], 1)
    return HandPiece(
        triangles=triangles,
        atlas=atlas,
        points=points,
        normals=vertex_normals(points, quads),
        shine=0.02,
    )
