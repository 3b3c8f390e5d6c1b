"""Three lights in a car, as a key light and what comes from everywhere else."""

from dataclasses import dataclass

import numpy as np

from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.geometry import Viewpoint
from drivermon.simulation.parameters import Light


@dataclass(frozen=True, slots=True)
class Lighting:
    """Light on the driver; colours are BGR, 1 is white paper in daylight at exposure 1.

    Attributes:
        toward: (3,) unit vector to the key light.
        key: (3,) its colour.
        surround: (3,) light from sky and cabin.
        wrap: (3,) how far the key reaches round an edge, by colour: skin lets red light through.
        shadows: whether the key is hard enough to cast visible shadows.
        infrared: one channel, lamp beside the camera, light falls with the square of the distance.

    """

    toward: FloatArray
    key: FloatArray
    surround: FloatArray
    wrap: FloatArray
    shadows: bool
    infrared: bool


def lighting_of(light: Light, view: Viewpoint) -> Lighting:
    """Place a light in the car."""
    level = np.float32(light.intensity)

    def colour(blue: float, green: float, red: float) -> FloatArray:
        return np.array([blue, green, red], np.float32) * level

    if light.kind == "night_ir":
        lamp = view.position + view.rotation @ np.array([0.05, 0.03, 0], np.float32)
        wrap = np.full(3, 0.25, np.float32)
        return Lighting(_unit(lamp), colour(0.95, 0.95, 0.95), colour(0.05, 0.05, 0.05), wrap, False, True)
    skin_wrap = np.array([0.18, 0.24, 0.38], np.float32)
    if light.kind == "low_sun":
        toward = _from_side(light.side_deg, 14)
        return Lighting(toward, colour(1.25, 1.55, 1.8), colour(0.44, 0.41, 0.39), skin_wrap, True, False)
    toward = _from_side(light.side_deg, 38)
    return Lighting(toward, colour(0.52, 0.55, 0.57), colour(0.66, 0.65, 0.64), skin_wrap + 0.15, True, False)


def _from_side(side_deg: float, elevation_deg: float) -> FloatArray:
    side, up = np.radians([side_deg, elevation_deg])
    return np.array([np.sin(side) * np.cos(up), np.sin(up), np.cos(side) * np.cos(up)], np.float32)


def _unit(vector: FloatArray) -> FloatArray:
    return np.asarray(vector / np.linalg.norm(vector), np.float32)
