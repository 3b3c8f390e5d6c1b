"""The synthetic driver: a head in 3-D, rendered in numpy and OpenCV with exact truth for every frame."""

from drivermon.simulation.parameters import Camera, DriverParameters, Light, Truth

__all__ = ["Camera", "DriverParameters", "Light", "Truth"]
