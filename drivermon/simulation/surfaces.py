"""All that is drawn of one person: the head and what is put on it, as one list of triangles."""

from collections.abc import Callable, Sequence

import numpy as np

from drivermon.simulation.arrays import BoolArray, FloatArray
from drivermon.simulation.head import Head, Posed
from drivermon.simulation.mesh import SIDES, HeadMesh, vertex_normals
from drivermon.simulation.pieces import Body, Piece, Vertices
from drivermon.simulation.texels import hair_share

TEETH_SKY = 0.5  # the occlusion was baked with the mouth all but shut


class Surfaces:
    """The head and its pieces.

    Attributes:
        triangles: (T, 3).
        two_sided: (T,).
        cut_out: (T,) whether a triangle is hair with gaps.
        casts_shadow: (T,).
        part: (T,) part of the mesh, -1 for pieces.
        atlas: (V, 2).
        level: (V,) cut-out level of hair.
        shine: (V,) strength of the highlight.

    """

    def __init__(self, head: Head, pieces: Sequence[Piece]) -> None:
        """Put the pieces on the head."""
        mesh = head.mesh
        self._head = head
        self._wet = np.unique(mesh.triangles[mesh.part("teeth", "tongue")])
        self._pieces = tuple(pieces)
        counts = [len(mesh.render_to_position)] + [len(piece.atlas) for piece in pieces]
        shifted = [p.triangles + start for p, start in zip(pieces, np.cumsum(counts)[:-1], strict=True)]
        self.triangles = np.concatenate([mesh.triangles, *shifted])

        def flags(own: BoolArray, of_piece: Callable[[Piece], bool]) -> BoolArray:
            return np.concatenate([own] + [np.full(len(p.triangles), of_piece(p)) for p in pieces])

        closed = mesh.part("skin", "torso", "socket", "eye")
        lashes = mesh.part("upper_lashes", "lower_lashes")
        self.two_sided = flags(~closed, lambda piece: piece.two_sided)
        self.cut_out = flags(np.zeros(len(closed), np.bool_), lambda piece: piece.level is not None)
        self.casts_shadow = flags(~lashes, lambda _: True)
        self.part = np.concatenate([mesh.triangle_part] + [np.full(len(p.triangles), -1) for p in pieces])
        self.atlas = np.concatenate([mesh.atlas] + [p.atlas for p in pieces]).astype(np.float32)
        levels = [np.zeros(len(p.atlas), np.float32) if p.level is None else p.level for p in pieces]
        self.level = np.concatenate([np.zeros(counts[0], np.float32), *levels])
        shines = [np.full(len(p.atlas), p.shine, np.float32) for p in pieces]
        self.shine = np.concatenate([_skin_shine(mesh), *shines])

    def place(self, posed: Posed, hand: float) -> Vertices:
        """Move everything to where the head and hand (0 to 1 up) are."""
        mesh = self._head.mesh
        shut = 1 - min(sum(posed.apertures[side] for side in SIDES) / 2, 1.0)
        sky = mesh.occlusion[0] + (mesh.occlusion[1] - mesh.occlusion[0]) * np.float32(shut)
        body = Body(self._head, posed, vertex_normals(posed.positions, mesh.quads), sky, hand)
        take = mesh.render_to_position
        placed = [Vertices(posed.positions[take], body.normals[take], sky[take])]
        placed += [piece.placed(body) for piece in self._pieces]
        placed[0].sky[self._wet] = np.maximum(placed[0].sky[self._wet], TEETH_SKY)
        return Vertices(
            np.concatenate([vertices.places for vertices in placed]),
            np.concatenate([vertices.normals for vertices in placed]),
            np.concatenate([vertices.sky for vertices in placed]),
        )


def _skin_shine(mesh: HeadMesh) -> FloatArray:
    """(R,) strength of the highlight: lips and teeth are wet, cloth and hair dull."""
    shine = np.full(len(mesh.render_to_position), 0.024, np.float32)
    shine += 0.06 * mesh.masks["lips"]
    base = mesh.positions[mesh.render_to_position]
    shine *= 1 - 0.9 * hair_share(base[:, 0], base[:, 1], base[:, 2])
    shine[np.unique(mesh.triangles[mesh.part("torso", "upper_lashes", "lower_lashes")])] = 0
    shine[np.unique(mesh.triangles[mesh.part("teeth", "tongue")])] = 0.12
    return shine
