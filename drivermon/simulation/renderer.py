"""Parameters in, a picture with exact truth out."""

from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from drivermon.errors import SimulationError
from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.cabin import paint_cabin
from drivermon.simulation.geometry import Viewpoint
from drivermon.simulation.identity import Identity, random_identity
from drivermon.simulation.lighting import lighting_of
from drivermon.simulation.parameters import Camera, DriverParameters, Light, LightKind, Truth
from drivermon.simulation.person import Person
from drivermon.simulation.sensor import develop
from drivermon.simulation.truth import measure

CABINS_KEPT = 6
# how far the passenger leans in -> offset from the driver's place in metres, and tilt to the driver
PASSENGER_OUT_M, PASSENGER_IN_M = (-0.62, -0.06, -0.10), (-0.245, -0.03, -0.06)
PASSENGER_TILT_DEG, PASSENGER_YAW_DEG = 14.0, 12.0


class Renderer:
    """One driver before one camera.

    Setting it up takes about half a second. It holds no state from frame to frame: the same arguments
    give the same picture, byte for byte, in any order.
    """

    def __init__(self, identity: Identity, camera: Camera | None = None) -> None:
        """Make the person ready and stand the camera up.

        Args:
            identity: the driver.
            camera: the default camera without it.

        """
        self.identity = identity
        self.camera = camera or Camera()
        self._view = Viewpoint.of(self.camera)
        self._driver = Person(identity)
        self._cabins: dict[tuple[LightKind, bool, bool], FloatArray] = {}

    @cached_property
    def _passenger(self) -> Person:
        return Person(random_identity(self.identity.seed + 1, bare=True))

    def render(
        self,
        parameters: DriverParameters,
        light: Light | None = None,
        seed: int = 0,
        *,
        camera: Camera | None = None,
    ) -> tuple[NDArray[np.uint8], Truth]:
        """One frame.

        Args:
            parameters: of the driver.
            light: daylight without it.
            seed: of the sensor noise, 0 or more.
            camera: in place of the renderer's, with other settings of the sensor (noise, exposure, gray,
                mirrored, covered, dark) but the same size and mount.

        Returns:
            The picture, uint8 (height, width, 3) BGR or (height, width) gray, and its truth.

        Raises:
            SimulationError: the camera has another size or mount.

        """
        light, camera = light or Light(), camera or self.camera
        if _geometry(camera) != _geometry(self.camera):
            raise SimulationError("the camera given to render has another size or mount; make a new Renderer")
        lighting = lighting_of(light, self._view)
        channels = 1 if lighting.infrared else 3
        radiance = self._cabin(light, parameters.present)[..., :channels] * np.float32(light.intensity)
        if parameters.passenger > 0:
            self._passenger.draw(radiance, _leaning_in(parameters.passenger), lighting, self._view)
        truth = Truth(parameters)
        if parameters.present:
            driver = self._driver
            posed, nearness = driver.draw(radiance, parameters, lighting, self._view)
            truth = measure(
                parameters, driver.head, posed, camera, self._view, nearness, self.identity.sunglasses
            )
        return develop(radiance, camera, seed), truth

    @property
    def _size(self) -> tuple[int, int]:
        return self.camera.width, self.camera.height

    def _cabin(self, light: Light, belted: bool) -> FloatArray:
        from_left = light.side_deg > 0 and light.kind == "low_sun"
        key = (light.kind, from_left, belted)
        if key not in self._cabins:
            if len(self._cabins) >= CABINS_KEPT:
                self._cabins.clear()
            self._cabins[key] = paint_cabin(
                self._view,
                self._size,
                light.kind,
                sun_from_left=from_left,
                belted=belted,
                seed=self.identity.seed,
            )
        return self._cabins[key]


def _leaning_in(share: float) -> DriverParameters:
    """Parameters of a passenger who is `share` 0 to 1 of the way to the driver."""
    place = np.array(PASSENGER_OUT_M) * (1 - share) + np.array(PASSENGER_IN_M) * share
    upright = DriverParameters(yaw_deg=PASSENGER_YAW_DEG, roll_deg=PASSENGER_TILT_DEG * share)
    return replace(upright, seat_m=(float(place[0]), float(place[1]), float(place[2])))


def _geometry(camera: Camera) -> tuple[float, ...]:
    """What of a camera the prepared scene depends on."""
    mount = (camera.mount_yaw_deg, camera.mount_pitch_deg, camera.mount_roll_deg, camera.distance_m)
    return (camera.width, camera.height, camera.horizontal_fov_deg, *mount)
