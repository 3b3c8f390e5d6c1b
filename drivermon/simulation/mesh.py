"""The baked head: base mesh, morph targets, atlas and the vertices that have names.

Metres; x to the person's own left, y up, z forward; origin between the eyes of the base mesh.
`scripts/bake_head.py` writes the asset.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from drivermon.simulation.arrays import BoolArray, FloatArray, IntArray

TARGET_UNIT_M = 1e-5

LEFT, RIGHT = "left", "right"
SIDES = (RIGHT, LEFT)


@dataclass(frozen=True, slots=True)
class LidMargins:
    """Vertices of one eye's lid margins, from the inner to the outer corner, in columns of equal x."""

    upper: IntArray
    lower: IntArray


@dataclass(frozen=True, slots=True)
class HeadMesh:
    """Head, neck, shoulders, eyes, teeth, tongue and lashes.

    `positions` are what moves; render vertices repeat some of them where the atlas has a seam.

    Attributes:
        positions: (P, 3) base mesh.
        render_to_position: (R,) position of each render vertex.
        atlas: (R, 2) texture coordinates, 0 to 1 of width and height.
        triangles: (T, 3) render vertices.
        triangle_part: (T,) number in `parts`.
        quads: (Q, 4) positions, for normals.
        parts: names of the parts.
        masks: share 0 to 1 per render vertex: lips, eyelids, ears, inside_mouth.
        targets: name -> (positions (N,), displacements (N, 3)).
        landmark_vertices: (68, 3) positions of the 68 points.
        landmark_weights: (68, 3) their weights, which sum to 1.
        lids: lid margins by side.
        joints: centre of a joint's vertices, by name: head, neck, l_eye, r_eye.
        occlusion: (2, P) share of the sky that a point sees, 0 to 1, with eyes open and with eyes shut.
        hand_positions: (H, 3) left hand and forearm, wrist at the origin, fingers to y, palm to z.
        hand_triangles: (K, 3).

    """

    positions: FloatArray
    render_to_position: IntArray
    atlas: FloatArray
    triangles: IntArray
    triangle_part: IntArray
    quads: IntArray
    parts: tuple[str, ...]
    masks: dict[str, FloatArray]
    targets: dict[str, tuple[IntArray, FloatArray]]
    landmark_vertices: IntArray
    landmark_weights: FloatArray
    lids: dict[str, LidMargins]
    joints: dict[str, IntArray]
    occlusion: FloatArray
    hand_positions: FloatArray
    hand_triangles: IntArray

    def part(self, *names: str) -> BoolArray:
        """(T,) which triangles belong to the named parts."""
        return np.isin(self.triangle_part, [self.parts.index(name) for name in names])

    def positions_of(self, *names: str) -> IntArray:
        """Positions that the named parts use."""
        return np.unique(self.render_to_position[self.triangles[self.part(*names)]])

    def by_position(self, values: FloatArray) -> FloatArray:
        """(P,) of values (R,) given per render vertex, the largest where a position has several."""
        out = np.zeros(len(self.positions), np.float32)
        np.maximum.at(out, self.render_to_position, values)
        return out

    def add_target(self, positions: FloatArray, name: str, weight: float) -> None:
        """Add `weight` times the target to `positions`, in place."""
        index, delta = self.targets[name]
        positions[index] += np.float32(weight) * delta

    def landmarks(self, positions: FloatArray) -> FloatArray:
        """(68, 3) points of a mesh with these positions."""
        corners = positions[self.landmark_vertices]
        return np.asarray(np.einsum("kij,ki->kj", corners, self.landmark_weights))


def triangulate(quads: IntArray) -> IntArray:
    """Both triangles of each quad; those without area dropped."""
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    a, b, c = triangles.T
    return np.asarray(triangles[(a != b) & (b != c) & (a != c)])


def vertex_normals(positions: FloatArray, quads: IntArray) -> FloatArray:
    """(P, 3) unit normals, the mean of the adjoining quads weighted by area."""
    a, b, c, d = (positions[quads[:, k]] for k in range(4))
    u, v = c - a, d - b
    normals = np.empty_like(positions)
    flat = quads.ravel()
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        face = u[:, i] * v[:, j] - u[:, j] * v[:, i]
        normals[:, k] = np.bincount(flat, np.repeat(face, 4), minlength=len(positions))
    length = np.sqrt((normals**2).sum(1, keepdims=True))
    return np.asarray(normals / np.maximum(length, 1e-12))


@cache
def head_mesh() -> HeadMesh:
    """Read the asset once."""
    with files("drivermon.simulation").joinpath("assets/head.npz").open("rb") as file, np.load(file) as z:
        data = {name: z[name] for name in z.files}
    render_to_position = data["render_to_position"].astype(np.int64)
    quads = data["quads"].astype(np.int64)
    corner_part = np.repeat(data["part"].astype(np.int64), 2).reshape(-1, 2).T.ravel()
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    a, b, c = render_to_position[triangles].T
    solid = (a != b) & (b != c) & (a != c)
    pointer, index = data["target_pointer"], data["target_index"].astype(np.int64)
    delta = data["target_delta"].astype(np.float32) * np.float32(TARGET_UNIT_M)
    targets = {
        str(name): (index[i:j], delta[i:j])
        for name, i, j in zip(data["target_names"], pointer[:-1], pointer[1:], strict=True)
    }
    margins = data["lid_margins"].astype(np.int64)
    return HeadMesh(
        positions=data["positions"],
        render_to_position=render_to_position,
        atlas=data["atlas"],
        triangles=triangles[solid],
        triangle_part=corner_part[solid],
        quads=render_to_position[quads],
        parts=tuple(str(name) for name in data["parts"]),
        masks={
            name.removeprefix("mask_"): data[name].astype(np.float32) / 255
            for name in data
            if name.startswith("mask_")
        },
        targets=targets,
        landmark_vertices=data["landmark_vertices"].astype(np.int64),
        landmark_weights=data["landmark_weights"],
        lids={side: LidMargins(*margins[k]) for k, side in enumerate(SIDES)},
        joints={
            name.removeprefix("joint_"): data[name].astype(np.int64)
            for name in data
            if name.startswith("joint_")
        },
        occlusion=data["occlusion"].astype(np.float32) / 255,
        hand_positions=data["hand_positions"],
        hand_triangles=triangulate(data["hand_quads"].astype(np.int64)),
    )
