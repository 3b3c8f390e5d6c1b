"""What the teacher's mesh says in the terms of the 68 points: points, lids, lips and pose."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from drivermon.perception.face_crop import moved
from drivermon.perception.head_pose import HeadPose, pose_of
from training.face.faces import LEFT, MIRRORED, RIGHT

Doubles = NDArray[np.floating]

# vertices of the attention mesh (478) nearest to the 68 points
VERTICES_68 = np.concatenate(
    [
        [162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389],
        [71, 63, 105, 66, 107, 336, 296, 334, 293, 301, 168, 197, 5, 4, 75, 97, 2, 326, 305],
        [33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380],
        [61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181],
        [78, 82, 13, 312, 308, 317, 14, 87],
    ]
)
RIGID = 468
"""The vertices before this one are the face; the others are irises."""

RIDGE = 0.02


def merged_views(meshes: NDArray[np.float32]) -> tuple[Doubles, Doubles]:
    """Return the 68 points (N, 68, 3) as the mean of both views, and how far these differ (N,).

    Args:
        meshes: (N, 2, 478, 3) as `teach.py` writes them; NaN where no face was found.

    The difference is the mean over eyes and lips, in outer eye distances; NaN where a view is missing.

    """
    seen, mirrored = meshes[:, 0][:, VERTICES_68], meshes[:, 1][:, VERTICES_68][:, MIRRORED]
    across = np.linalg.norm(seen[:, 36, :2] - seen[:, 45, :2], axis=1)
    away = np.linalg.norm(seen[:, 36:, :2] - mirrored[:, 36:, :2], axis=2).mean(1) / across
    return (seen + mirrored).astype(np.float64) / 2, away.astype(np.float64)


def eye_frame(points: Doubles) -> Doubles:
    """Return the affine map (2, 3) that brings the eyes' centres to (0, 0) and (1, 0)."""
    right, left = points[RIGHT, :2].mean(0), points[LEFT, :2].mean(0)
    dx, dy = left - right
    turn = np.array([[dx, dy], [-dy, dx]]) / (dx * dx + dy * dy)
    return np.column_stack([turn, -turn @ right])


@dataclass(frozen=True, slots=True)
class PointsMap:
    """A linear map from the mesh's 68 points to where people mark them, both in the eyes' frame.

    Attributes:
        weights: (205, 136).

    """

    weights: Doubles

    @classmethod
    def fit(cls, meshes: Doubles, marked: Doubles) -> Self:
        """Learn it from (N, 68, 3) mesh points and (N, 68, 2) marked ones, by ridge regression."""
        inputs = np.stack([_described(mesh) for mesh in meshes])
        wanted = np.stack(
            [moved(points, eye_frame(mesh)).ravel() for mesh, points in zip(meshes, marked, strict=True)]
        )
        gram = inputs.T @ inputs + RIDGE * np.eye(inputs.shape[1])
        return cls(np.linalg.solve(gram, inputs.T @ wanted))

    def apply(self, mesh: Doubles) -> Doubles:
        """Return (68, 2) points of a mesh's (68, 3)."""
        frame = eye_frame(mesh)
        placed = (_described(mesh) @ self.weights).reshape(68, 2)
        return np.asarray((placed - frame[:, 2]) @ np.linalg.inv(frame[:, :2]).T)


def _described(mesh: Doubles) -> Doubles:
    frame = eye_frame(mesh)
    scale = float(np.hypot(*frame[0, :2]))
    return np.concatenate([moved(mesh[:, :2], frame).ravel(), mesh[:, 2] * scale, [1.0]])


@dataclass(frozen=True, slots=True)
class MeanFace:
    """The mean of many meshes, to which others are fitted for their pose.

    Attributes:
        points: (468, 3) x to the own left, y down, z into the head, as the camera sees a frontal face.
        weights: (468,) larger for points that move less with the expression.

    """

    points: Doubles
    weights: Doubles

    @classmethod
    def of(cls, meshes: NDArray[np.float32], rounds: int = 4) -> Self:
        """Average (N, 478, 3) meshes, fitted to each other."""
        centred = meshes[:, :RIGID].astype(np.float64)
        centred -= centred.mean(1, keepdims=True)
        shapes = centred / np.linalg.norm(centred, axis=(1, 2), keepdims=True)
        face = cls(shapes.mean(0), np.full(RIGID, 1 / RIGID))
        for _ in range(rounds):
            turned = np.stack([_centred(s, face.weights) @ face.rotation_to(s) for s in shapes])
            spread = np.square(turned - turned.mean(0)).sum(2).mean(0)
            face = cls(turned.mean(0), (1 / spread) / (1 / spread).sum())
        return face

    def rotation_to(self, shape: Doubles) -> Doubles:
        """Return the rotation (3, 3) of a shape (468, 3) against the mean face (Kabsch 1976)."""
        there, here = _centred(shape, self.weights), _centred(self.points, self.weights)
        u, _, vt = np.linalg.svd((there * self.weights[:, None]).T @ here)
        return np.asarray(u @ np.diag([1.0, 1.0, np.linalg.det(u @ vt)]) @ vt)

    def pose_of(self, mesh: NDArray[np.float32]) -> HeadPose:
        """Return the pose of a (478, 3) mesh."""
        return pose_of(self.rotation_to(mesh[:RIGID]).astype(np.float64))


def _centred(shape: Doubles, weights: Doubles) -> Doubles:
    return np.asarray(shape - weights @ shape)
