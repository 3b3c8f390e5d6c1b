"""One identity made ready to be drawn."""

from functools import cached_property

import numpy as np

from drivermon.simulation.arrays import BoolArray, FloatArray, IntArray
from drivermon.simulation.eyes import shade_eyes
from drivermon.simulation.geometry import Viewpoint
from drivermon.simulation.glasses import Frames
from drivermon.simulation.hand import hand_piece
from drivermon.simulation.head import Head, Posed
from drivermon.simulation.identity import Identity
from drivermon.simulation.lenses import lay_lens
from drivermon.simulation.lighting import Lighting
from drivermon.simulation.paint import paint
from drivermon.simulation.parameters import DriverParameters
from drivermon.simulation.pieces import Vertices
from drivermon.simulation.rasterizer import Fragments, rasterize
from drivermon.simulation.shading import shade
from drivermon.simulation.shadow import cast_shadows
from drivermon.simulation.surfaces import Surfaces
from drivermon.simulation.wardrobe import dress

SHADOW_CENTRE = np.array([0, -0.06, -0.05], np.float32)


class Person:
    """Head, clothes and paint of an identity; holds no state from frame to frame."""

    def __init__(self, identity: Identity) -> None:
        """Shape, dress and paint."""
        self.identity = identity
        self.head = Head(identity)
        self._pieces = dress(self.head, identity)
        self._bare = Surfaces(self.head, self._pieces)
        self._atlas = paint(identity)
        worn = identity.glasses or identity.sunglasses
        self._lenses = Frames.of(self.head, identity).lenses if worn else ()

    @cached_property
    def _with_hand(self) -> Surfaces:
        return Surfaces(self.head, [*self._pieces, hand_piece(self.head.mesh)])

    def draw(
        self, radiance: FloatArray, parameters: DriverParameters, lighting: Lighting, view: Viewpoint
    ) -> tuple[Posed, FloatArray]:
        """Draw the person into the radiance (H, W, 1 or 3), in place.

        Returns:
            Where the head is, and the z-buffer (H, W), 1 / metres.

        """
        surfaces = self._with_hand if parameters.hand > 0 else self._bare
        posed = self.head.pose(parameters)
        vertices = surfaces.place(posed, parameters.hand)
        seen = self._seen(surfaces, vertices, view, (radiance.shape[1], radiance.shape[0]))
        shadow = None
        if lighting.shadows:
            shadow = cast_shadows(vertices, surfaces, lighting, SHADOW_CENTRE + posed.seat)
        light = shade(seen, surfaces, vertices, self._atlas, lighting, view, shadow)
        shade_eyes(
            light, seen, surfaces, vertices, self.head, self.identity, posed, parameters, lighting, view
        )
        radiance.reshape(-1, radiance.shape[2])[seen.pixel] = light
        for lens in self._lenses:
            outline, depth = view.project(self.head.turned(lens, posed.rotation) + posed.seat)
            lay_lens(radiance, seen.nearness, outline, depth, lighting, dark=self.identity.sunglasses)
        return posed, seen.nearness

    def _seen(
        self, surfaces: Surfaces, vertices: Vertices, view: Viewpoint, size: tuple[int, int]
    ) -> Fragments:
        screen, depth = view.project(vertices.places)
        height, width = self._atlas.strands.shape
        strands = np.column_stack([surfaces.atlas * np.array([width, height], np.float32), surfaces.level])

        def solid(triangle: IntArray, weights: FloatArray) -> BoolArray:
            keep = np.ones(len(triangle), np.bool_)
            hair = np.flatnonzero(surfaces.cut_out[triangle])
            corners = surfaces.triangles[triangle[hair]]
            at = np.zeros((len(hair), 3), np.float32)
            for k in range(3):
                at += strands[corners[:, k]] * weights[k, hair][:, None]
            column = np.clip(at[:, 0], 0, width - 1).astype(np.int32)
            row = np.clip(at[:, 1], 0, height - 1).astype(np.int32)
            keep[hair] = self._atlas.strands[row, column] > at[:, 2]
            return keep

        return rasterize(screen, 1 / depth, surfaces.triangles, size, surfaces.two_sided, solid)
