"""Parameters in, a picture with exact truth out."""

import numpy as np
from numpy.typing import NDArray

from drivermon.simulation.arrays import BoolArray, FloatArray, IntArray
from drivermon.simulation.cabin import paint_cabin
from drivermon.simulation.geometry import Viewpoint
from drivermon.simulation.head import Head, Posed
from drivermon.simulation.identity import Identity
from drivermon.simulation.lighting import Lighting, lighting_of
from drivermon.simulation.mesh import SIDES
from drivermon.simulation.parameters import Camera, DriverParameters, Light, LightKind, Truth
from drivermon.simulation.rasterizer import Fragments, rasterize
from drivermon.simulation.sensor import develop
from drivermon.simulation.shading import cast_shadows, shade, shade_eyes
from drivermon.simulation.surfaces import Vertices, dress
from drivermon.simulation.texture import paint
from drivermon.simulation.truth import measure

SHADOW_CENTRE = np.array([0, -0.06, -0.05], np.float32)


class Person:
    """One identity made ready to be drawn: head, clothes and paint."""

    def __init__(self, identity: Identity) -> None:
        """Shape, dress and paint; about a second."""
        self.identity = identity
        self.head = Head(identity)
        self.surfaces = dress(self.head, identity)
        self.atlas = paint(identity)

    def place(self, parameters: DriverParameters) -> tuple[Posed, Vertices]:
        """Where everything is in this frame."""
        posed = self.head.pose(parameters)
        shut = 1 - min(sum(posed.apertures[side] for side in SIDES) / 2, 1.0)
        return posed, self.surfaces.place(posed, shut)

    def draw(self, vertices: Vertices, view: Viewpoint, size: tuple[int, int]) -> Fragments:
        """Seen surface points."""
        screen, depth = view.project(vertices.places)
        surfaces = self.surfaces
        height, width = self.atlas.strands.shape
        texels = surfaces.atlas * np.array([width, height], np.float32)

        def solid(triangle: IntArray, weights: FloatArray) -> BoolArray:
            keep = np.ones(len(triangle), np.bool_)
            level = surfaces.level[triangle]
            hair = np.flatnonzero(level > 0)
            corners = surfaces.triangles[triangle[hair]]
            at = sum(texels[corners[:, k]] * weights[k, hair][:, None] for k in range(3))
            column, row = np.clip(at, 0, (width - 1, height - 1)).astype(np.int32).T
            keep[hair] = self.atlas.strands[row, column] > level[hair]
            return keep

        return rasterize(screen, 1 / depth, surfaces.triangles, size, surfaces.two_sided, solid)


class Renderer:
    """One driver before one camera. Setting it up takes about a second; it holds no state from frame to frame."""

    def __init__(self, identity: Identity, camera: Camera | None = None) -> None:
        """Make the person ready and stand the camera up.

        Args:
            identity: the driver.
            camera: the default camera without it.

        """
        self.camera = camera or Camera()
        self.identity = identity
        self._view = Viewpoint.of(self.camera)
        self._driver = Person(identity)
        self._cabins: dict[tuple[LightKind, bool], FloatArray] = {}

    def render(
        self, parameters: DriverParameters, light: Light | None = None, seed: int = 0
    ) -> tuple[NDArray[np.uint8], Truth]:
        """One frame.

        Args:
            parameters: of the driver.
            light: daylight without it.
            seed: of the sensor noise; the same arguments give the same picture, byte for byte.

        Returns:
            The picture, uint8 (height, width, 3) BGR or (height, width) gray, and its truth.

        """
        light = light or Light()
        lighting = lighting_of(light, self._view)
        channels = 1 if lighting.infrared else 3
        radiance = self._cabin(light)[..., :channels] * np.float32(light.intensity)
        truth = Truth(parameters)
        if parameters.present:
            truth = self._draw_driver(radiance, parameters, lighting)
        return develop(radiance, self.camera, seed), truth

    def _cabin(self, light: Light) -> FloatArray:
        from_left = light.side_deg > 0 and light.kind == "low_sun"
        if (light.kind, from_left) not in self._cabins:
            size = (self.camera.width, self.camera.height)
            painted = paint_cabin(
                self._view, size, light.kind, 1.0 if from_left else -1.0, self.identity.seed
            )
            self._cabins[light.kind, from_left] = painted
        return self._cabins[light.kind, from_left]

    def _draw_driver(self, radiance: FloatArray, parameters: DriverParameters, lighting: Lighting) -> Truth:
        person, camera, view = self._driver, self.camera, self._view
        posed, vertices = person.place(parameters)
        seen = person.draw(vertices, view, (camera.width, camera.height))
        shadow = None
        if lighting.shadows:
            shadow = cast_shadows(vertices, person.surfaces, lighting, SHADOW_CENTRE + posed.seat)
        light = shade(seen, person.surfaces, vertices, person.atlas, lighting, view, shadow)
        shade_eyes(
            light,
            seen,
            person.surfaces,
            vertices,
            person.head,
            person.identity,
            posed,
            parameters,
            lighting,
            view,
        )
        radiance.reshape(-1, radiance.shape[2])[seen.pixel] = light
        return measure(
            parameters, person.head, posed, camera, view, seen.nearness, person.identity.sunglasses
        )
