"""Pieces of surface beside the head's own mesh: how each follows the body."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from drivermon.simulation.arrays import FloatArray, IntArray
from drivermon.simulation.head import Head, Posed


@dataclass(frozen=True, slots=True)
class Body:
    """What a piece can follow in one frame.

    Attributes:
        head: the person's.
        posed: where it is.
        normals: (P, 3) of the posed skin.
        sky: (P,) share of the sky that the skin sees.
        hand: how far the hand is up, 0 to 1.

    """

    head: Head
    posed: Posed
    normals: FloatArray
    sky: FloatArray
    hand: float


@dataclass(frozen=True, slots=True)
class Vertices:
    """Vertices in one frame: places (V, 3), normals (V, 3) and share of the sky seen (V,)."""

    places: FloatArray
    normals: FloatArray
    sky: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece(ABC):
    """Triangles that are drawn with the head.

    Attributes:
        triangles: (T, 3) of the piece's own vertices.
        atlas: (V, 2) texture coordinates.
        level: (V,) for hair: solid where the strands exceed it; without it everywhere solid.
        two_sided: drawn from behind too.
        shine: strength of the highlight.

    """

    triangles: IntArray
    atlas: FloatArray
    level: FloatArray | None = None
    two_sided: bool = True
    shine: float = 0.0

    @abstractmethod
    def placed(self, body: Body) -> Vertices:
        """Where the piece is in one frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkinPiece(Piece):
    """Grows on the skin: `height` (V,) metres above the positions `follows` (V,)."""

    follows: IntArray
    height: FloatArray

    def placed(self, body: Body) -> Vertices:
        """Lift it off the skin."""
        normals = body.normals[self.follows]
        places = body.posed.positions[self.follows] + normals * self.height[:, None]
        return Vertices(places, normals, body.sky[self.follows])


@dataclass(frozen=True, slots=True, kw_only=True)
class SkullPiece(Piece):
    """Sits stiffly on the skull.

    Attributes:
        points: (V, 3) places in the unturned head.
        normals: (V, 3) unturned.
        sky: (V,) share of the sky seen.
        opened: (V, 3) places with the jaw wide open, where they differ.

    """

    points: FloatArray
    normals: FloatArray
    sky: FloatArray
    opened: FloatArray | None = None

    def placed(self, body: Body) -> Vertices:
        """Turn it with the head."""
        points, posed = self.points, body.posed
        if self.opened is not None:
            points = points + (self.opened - points) * np.float32(body.head.jaw_drop(posed.unturned))
        places = body.head.turned(points, posed.rotation) + posed.seat
        return Vertices(places, self.normals @ posed.rotation.T, self.sky)
