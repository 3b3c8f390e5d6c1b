"""All that is drawn of one person: the head and what is put on it, as one set of triangles."""

from dataclasses import dataclass

import numpy as np

from drivermon.simulation.arrays import FloatArray, IntArray
from drivermon.simulation.head import Head, Posed
from drivermon.simulation.identity import Identity
from drivermon.simulation.mesh import HeadMesh, vertex_normals
from drivermon.simulation.texture import hair_share

HAIR_LAYERS = 4
HAIR_LENGTH_M = 0.009


@dataclass(frozen=True, slots=True)
class Piece:
    """Triangles that follow the skin, or (without `follows`) the skull alone.

    Attributes:
        triangles: (T, 3) of the piece's own vertices.
        atlas: (V, 2) texture coordinates.
        follows: (V,) positions of the mesh that carry the vertices, or `None`.
        offset: (V,) height over the skin in metres, or (V, 3) places in the unturned head where `follows` is `None`.
        normals: (V, 3) unturned normals where `follows` is `None`.
        level: hair: solid where the strands exceed it; 0 everywhere solid.
        two_sided: drawn from behind too.
        shine: strength of the highlight.

    """

    triangles: IntArray
    atlas: FloatArray
    follows: IntArray | None
    offset: FloatArray
    normals: FloatArray | None = None
    level: float = 0.0
    two_sided: bool = True
    shine: float = 0.0


@dataclass(frozen=True, slots=True)
class Vertices:
    """Vertices of all pieces in one frame: places (V, 3), normals (V, 3) and sky seen (V,)."""

    places: FloatArray
    normals: FloatArray
    sky: FloatArray


class Surfaces:
    """The head and its pieces in one list of triangles.

    Attributes:
        triangles: (T, 3).
        two_sided: (T,).
        level: (T,) cut-out level of hair.
        part: (T,) part of the mesh, -1 for pieces.
        atlas: (V, 2).
        shine: (V,) strength of the highlight.
        casts_shadow: (T,).

    """

    def __init__(self, head: Head, pieces: list[Piece]) -> None:
        """Put the pieces on the head."""
        mesh = head.mesh
        self._head = head
        self._pieces = pieces
        counts = [len(mesh.render_to_position)] + [len(piece.atlas) for piece in pieces]
        starts = np.cumsum([0, *counts[:-1]])
        self.triangles = np.concatenate(
            [mesh.triangles] + [p.triangles + s for p, s in zip(pieces, starts[1:], strict=True)]
        )
        solid_skin = mesh.part("skin", "torso", "socket", "eye")
        self.two_sided = np.concatenate(
            [~solid_skin] + [np.full(len(p.triangles), p.two_sided) for p in pieces]
        )
        zeros = np.zeros(len(mesh.triangles), np.float32)
        levels = [np.full(len(p.triangles), p.level, np.float32) for p in pieces]
        self.level = np.concatenate([zeros, *levels])
        self.part = np.concatenate([mesh.triangle_part] + [np.full(len(p.triangles), -1) for p in pieces])
        self.atlas = np.concatenate([mesh.atlas] + [p.atlas for p in pieces]).astype(np.float32)
        shines = [np.full(len(p.atlas), p.shine, np.float32) for p in pieces]
        lashes = mesh.part("upper_lashes", "lower_lashes")
        self.casts_shadow = np.concatenate([~lashes, np.ones(len(self.triangles) - len(lashes), np.bool_)])
        self.shine = np.concatenate([_skin_shine(mesh), *shines])

    def place(self, posed: Posed, shut: float) -> Vertices:
        """Move everything to where the head is; `shut` 0 to 1 is how far the eyes are closed."""
        mesh = self._head.mesh
        normals = vertex_normals(posed.positions, mesh.quads)
        occlusion = mesh.occlusion[0] + (mesh.occlusion[1] - mesh.occlusion[0]) * np.float32(shut)
        take = mesh.render_to_position
        places, directions, sky = [posed.positions[take]], [normals[take]], [occlusion[take]]
        for piece in self._pieces:
            if piece.follows is not None:
                directions.append(normals[piece.follows])
                places.append(posed.positions[piece.follows] + directions[-1] * piece.offset[:, None])
                sky.append(occlusion[piece.follows])
            else:
                assert piece.normals is not None
                places.append(self._head.turned(piece.offset, posed.rotation) + posed.seat)
                directions.append(piece.normals @ posed.rotation.T)
                sky.append(np.ones(len(piece.offset), np.float32))
        return Vertices(np.concatenate(places), np.concatenate(directions), np.concatenate(sky))


def _skin_shine(mesh: HeadMesh) -> FloatArray:
    shine = np.full(len(mesh.render_to_position), 0.035, np.float32)
    shine += 0.06 * mesh.masks["lips"]
    base = mesh.positions[mesh.render_to_position]
    shine *= 1 - 0.9 * hair_share(base[:, 0], base[:, 1], base[:, 2])
    shine[np.unique(mesh.triangles[mesh.part("torso", "upper_lashes", "lower_lashes")])] = 0
    shine[np.unique(mesh.triangles[mesh.part("teeth", "tongue")])] = 0.12
    return shine


def short_hair(mesh: HeadMesh, length_m: float, seed: int) -> list[Piece]:
    """Layers over the scalp, each cut out by the strands: sparser to the tips."""
    base = mesh.positions
    share = hair_share(base[:, 0], base[:, 1], base[:, 2])
    scalp = share * (1 - np.clip(_per_position(mesh, mesh.masks["ears"]) * 1.5, 0, 1))
    render = scalp[mesh.render_to_position]
    triangles = mesh.triangles[mesh.part("skin") & (render[mesh.triangles].max(1) > 0.3)]
    used, local = np.unique(triangles, return_inverse=True)
    local = local.reshape(-1, 3)
    follows = mesh.render_to_position[used]
    random = np.random.default_rng(seed + 40)
    lengths = (length_m * (1 + 0.15 * random.standard_normal(len(base))) * scalp)[follows].astype(np.float32)
    return [
        Piece(
            local,
            mesh.atlas[used],
            follows,
            lengths * ((k + 1) / HAIR_LAYERS),
            level=0.12 + 0.6 * (k / HAIR_LAYERS) ** 1.2,
            two_sided=False,
            shine=0.02,
        )
        for k in range(HAIR_LAYERS)
    ]


def _per_position(mesh: HeadMesh, values: FloatArray) -> FloatArray:
    out = np.zeros(len(mesh.positions), np.float32)
    np.maximum.at(out, mesh.render_to_position, values)
    return out


def dress(head: Head, identity: Identity) -> Surfaces:
    """Everything this person wears."""
    pieces: list[Piece] = []
    if identity.hair != "bald":
        pieces += short_hair(head.mesh, HAIR_LENGTH_M, identity.seed)
    return Surfaces(head, pieces)
