"""The synthetic driver: a head in 3-D, rendered in numpy and OpenCV with exact truth for every frame."""

from drivermon.simulation.head import neutral_landmarks_3d
from drivermon.simulation.identity import CAST, Identity, random_identity
from drivermon.simulation.parameters import Camera, DriverParameters, Light, Truth
from drivermon.simulation.play import (
    MeasurementNoise,
    demo_truth,
    demo_video,
    load_script,
    named_scripts,
    parse_script,
    play,
    play_observations,
)
from drivermon.simulation.renderer import Renderer

__all__ = [
    "CAST",
    "Camera",
    "DriverParameters",
    "Identity",
    "Light",
    "MeasurementNoise",
    "Renderer",
    "Truth",
    "demo_truth",
    "demo_video",
    "load_script",
    "named_scripts",
    "neutral_landmarks_3d",
    "parse_script",
    "play",
    "play_observations",
    "random_identity",
]
