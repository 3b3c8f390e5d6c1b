"""Real heads turned into profile: photographs rarely show one, drivers do.

Face profiling as Zhu et al. 2016 (300W-LP) do it: a picture and the teacher's mesh of its face make a
relief, which goes on backwards beyond the face's outline and ends in a background held at the picture's
border; the relief is turned and drawn again.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.perception.head_pose import HeadPose
from drivermon.perception.head_rotation import rotation_of
from drivermon.simulation.rasterizer import rasterize
from training.face.faces import LEFT, RIGHT, Floats
from training.face.mesh import VERTICES_68, Doubles, MeanFace

OUTLINE = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377]
OUTLINE += [152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109]
RIGHT_SIDE, LEFT_SIDE = 234, 454
"""Vertices before the ears, whose distance is the unit of lengths below."""

FLATTENED = 0.92
"""The teacher's mesh is deeper than faces are; its canonical face (metric) is as deep as this."""

# one ring round the outline each: how far outward and where in depth (0 before the ears, positive
# backwards) at the sides, at the top, at the bottom
RINGS = (((0.07, 0.10), (0.12, -0.38), (0.03, -0.10)), ((0.15, 0.50), (0.38, 0.05), (0.25, 0.15)))
BACKGROUND = 2.0

CENTRE_DEPTH = 0.1
"""Of the axis about which a head turns."""

SEEN_THROUGH = 0.05
"""By how much nearer something else must be to hide a point."""


@dataclass(frozen=True, slots=True)
class Turned:
    """A picture with the head turned.

    Attributes:
        picture: uint8 (H, W).
        points: (68, 2) pixels.
        seen: (68,) nothing of the head is before the point.

    """

    picture: NDArray[np.uint8]
    points: Floats
    seen: NDArray[np.bool_]

    @property
    def eyes_seen(self) -> tuple[bool, bool]:
        """Say of the right and of the left eye whether most of its points are seen."""
        return bool(self.seen[RIGHT].mean() > 0.5), bool(self.seen[LEFT].mean() > 0.5)


@dataclass(frozen=True, slots=True)
class Turner:
    """Turns heads.

    Attributes:
        mean: the face to which meshes are fitted.
        triangles: (T, 3) of a mesh's 468 vertices, of the rings round it, and of the border.

    """

    mean: MeanFace
    triangles: NDArray[np.int64]

    @classmethod
    def of(cls, mean: MeanFace) -> Self:
        """Make the triangles of the relief."""
        flat = mean.points[:, :2] - mean.points[:, :2].min(0) + 1
        inner = _delaunay((flat * (1000 / flat.max())).astype(np.float32))
        inner = inner[~np.isin(inner, OUTLINE).all(1)]
        count, first = len(OUTLINE), len(mean.points)
        strips = [np.array(OUTLINE), *(np.arange(count) + first + ring * count for ring in range(3))]
        between = [_strip(a, b) for a, b in pairwise(strips)]
        return cls(mean, np.concatenate([inner, *between]))

    def turn(
        self, picture: NDArray[np.uint8], mesh: Doubles, points: Floats, pose: HeadPose, to: HeadPose
    ) -> Turned:
        """Turn the head in a picture.

        Args:
            picture: uint8 gray (H, W), the head well inside.
            mesh: (478, 3) of the face, in pixels of the picture.
            points: (68, 2), in pixels of the picture.
            pose: of the head in the picture.
            to: its pose afterwards.

        """
        size = (picture.shape[1], picture.shape[0])
        width = float(np.linalg.norm(mesh[LEFT_SIDE] - mesh[RIGHT_SIDE]))
        rotation = self.mean.rotation_to(mesh[: len(self.mean.points)])
        centre = (mesh[RIGHT_SIDE] + mesh[LEFT_SIDE]) / 2
        marked = np.column_stack([points, mesh[VERTICES_68, 2]])
        head = (np.concatenate([mesh[: len(self.mean.points)], marked]) - centre) @ rotation / width
        head[:, 2] *= FLATTENED
        face, marked = head[:-68], head[-68:]
        rings = _rings(face[OUTLINE])
        grown = np.concatenate(rings) - np.tile(face[OUTLINE], (len(rings), 1))
        beside = np.tile(mesh[OUTLINE, :2], (len(rings), 1)) + width * (grown @ rotation.T)[:, :2]
        border = _on_border(beside[-len(OUTLINE) :], centre[:2], size)
        source = np.concatenate([mesh[: len(face), :2], beside, border]).astype(np.float32)

        # turned in the camera's frame, from what the head's pose is to what it shall be
        onto = rotation_of(to) @ rotation_of(pose).T @ rotation
        axis = np.array([0.0, 0.0, CENTRE_DEPTH])
        placed = (np.concatenate([face, *rings, marked]) - axis) @ onto.T + rotation @ axis
        placed[:, :2] = placed[:, :2] * width + centre[:2]
        held = np.column_stack([border, np.full(len(border), BACKGROUND)])
        relief = np.concatenate([placed[:-68], held])
        nearness = BACKGROUND + 0.5 - relief[:, 2]
        drawn = rasterize(
            (relief[:, :2] + 0.5).astype(np.float32), nearness.astype(np.float32), self.triangles, size
        )
        across, down = np.meshgrid(*(np.arange(length, dtype=np.float32) for length in size))
        places = np.stack([across.ravel(), down.ravel()], 1)
        places[drawn.pixel] = drawn.interpolate(self.triangles, source)
        x, y = places.T.reshape(2, size[1], size[0])
        new = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        shown = placed[-68:]
        columns, rows = (np.clip(np.rint(shown[:, axis]).astype(int), 0, size[axis] - 1) for axis in range(2))
        before = drawn.nearness[rows, columns] - (BACKGROUND + 0.5 - shown[:, 2])
        return Turned(np.asarray(new, np.uint8), shown[:, :2].astype(np.float32), before < SEEN_THROUGH)


def _rings(outline: Doubles) -> list[Doubles]:
    """Continue the head beyond the outline (N, 3) of its face, in the head's frame and unit."""
    middle = (outline.min(0) + outline.max(0)) / 2
    outward = outline[:, :2] - middle[:2]
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    up, down = np.square(np.minimum(outward[:, 1], 0)), np.square(np.maximum(outward[:, 1], 0))
    shares = np.column_stack([1 - up - down, up, down])
    rings = []
    for ring in RINGS:
        far, depth = (shares @ np.array(ring)).T
        rings.append(np.column_stack([outline[:, :2] + outward * far[:, None], depth]))
    return rings


def _on_border(points: Doubles, centre: Doubles, size: tuple[int, int]) -> Doubles:
    """Continue the lines from the centre through points (N, 2) to the border of the picture."""
    away = points - centre
    limits = np.where(away > 0, np.array(size) - 1 - centre, -centre)
    reach = np.full(away.shape, np.inf)
    np.divide(limits, away, out=reach, where=np.abs(away) > 1e-6)
    return np.asarray(centre + away * reach.min(1, keepdims=True))


def _strip(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return triangles between two closed rings of equally many vertices."""
    next_one, next_other = np.roll(one, -1), np.roll(other, -1)
    return np.concatenate(
        [np.column_stack([one, other, next_one]), np.column_stack([next_one, other, next_other])]
    )


def _delaunay(points: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return triangles (T, 3) between points (N, 2) of 0 to 1001."""
    division = cv2.Subdiv2D((0, 0, 1002, 1002))
    number = {}
    for index, point in enumerate(points):
        number[division.insert((float(point[0]), float(point[1])))] = index
    triangles = []
    for corners in np.asarray(division.getTriangleList()).reshape(-1, 3, 2):
        ids = [number.get(division.findNearest((float(x), float(y)))[0]) for x, y in corners]
        if (corners >= 0).all() and (corners <= 1002).all() and None not in ids:
            triangles.append(ids)
    return np.array(triangles, np.int64)
