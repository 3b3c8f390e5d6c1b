"""Eyeballs, worked out at each pixel: white, iris, pupil, the lid's shade and the glint."""

import numpy as np

from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.geometry import Viewpoint, rotation_matrix
from drivermon.simulation.head import Head, Posed
from drivermon.simulation.identity import Identity
from drivermon.simulation.lighting import Lighting
from drivermon.simulation.mesh import LEFT, SIDES
from drivermon.simulation.parameters import DriverParameters
from drivermon.simulation.pieces import Vertices
from drivermon.simulation.rasterizer import Fragments
from drivermon.simulation.surfaces import Surfaces
from drivermon.simulation.texels import linear

SCLERA_PIGMENT = 0.055  # darker skin goes with a browner white of the eye, by step of tone
IRIS_RAD, PUPIL_RAD = 0.40, 0.17
TOE_IN_DEG = 2.0


def shade_eyes(
    radiance: FloatArray,
    fragments: Fragments,
    surfaces: Surfaces,
    vertices: Vertices,
    head: Head,
    identity: Identity,
    posed: Posed,
    parameters: DriverParameters,
    lighting: Lighting,
    view: Viewpoint,
) -> None:
    """Paint white, iris, pupil and glint on the eyeballs' fragments, in place."""
    eye = np.flatnonzero(surfaces.part[fragments.triangle] == head.mesh.parts.index("eye"))
    if not len(eye):
        return
    seen = fragments.select_indices(eye)
    points = seen.interpolate(surfaces.triangles, vertices.places)
    for side in SIDES:
        centre, radius = head.eyes[side]
        world = head.turned(centre[None], posed.rotation)[0] + posed.seat
        mine = np.linalg.norm(points - world, axis=1) < radius * 1.3
        if not mine.any():
            continue
        normal = points[mine] - world
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        toe_in = -TOE_IN_DEG if side == LEFT else TOE_IN_DEG
        gaze = rotation_matrix(parameters.gaze_yaw_deg + toe_in, parameters.gaze_pitch_deg, 0)
        axis = posed.rotation @ gaze[:, 2]
        albedo = _eye_albedo(normal, axis, identity, lighting)
        # the upper lid shades the ball
        height = (normal @ posed.rotation)[:, 1]
        aperture = min(posed.apertures[side], 1.3)
        lid_shade = np.clip(0.5 + (0.10 + 0.16 * aperture - height) * 3.0, 0.35, 1)[:, None]
        radiance[eye[mine]] = _eye_light(albedo, normal, points[mine], lid_shade, lighting, view)


def _eye_albedo(normal: FloatArray, axis: FloatArray, identity: Identity, lighting: Lighting) -> FloatArray:
    """(N, channels) colour of the eyeball by the angle from the gaze."""
    angle = np.arccos(np.clip(normal @ axis, -1, 1))[:, None]
    iris = np.clip((IRIS_RAD + 0.02 - angle) / 0.04, 0, 1)
    pupil = np.clip((PUPIL_RAD + 0.015 - angle) / 0.03, 0, 1)
    rim = np.clip((angle - 0.30) / 0.09, 0, 1)
    if lighting.infrared:
        white, coloured, black = np.array([[0.36]]), np.array([[0.22]]) * (1 - 0.4 * rim), np.array([[0.015]])
    else:
        white = (
            np.array([[0.40, 0.42, 0.47]])
            * (1 - SCLERA_PIGMENT * identity.tone)
            * (1 - 0.25 * np.clip((angle - 0.6) / 0.5, 0, 1))
        )
        coloured = linear(identity.eye_rgb)[None] * (1.3 - 0.8 * rim)
        black = np.array([[0.004, 0.004, 0.004]])
    albedo = white * (1 - iris) + coloured * iris
    return np.asarray(albedo * (1 - pupil) + black * pupil, np.float32)


def _eye_light(
    albedo: FloatArray,
    normal: FloatArray,
    points: FloatArray,
    lid_shade: FloatArray,
    lighting: Lighting,
    view: Viewpoint,
) -> FloatArray:
    channels = albedo.shape[1]
    away = view.position - points
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    facing = np.clip((normal @ lighting.toward)[:, None] * 0.75 + 0.25, 0, 1)
    half = away + lighting.toward
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    glint = np.clip((normal * half).sum(1, keepdims=True), 0, 1) ** 350 * 12
    light = lighting.surround[:channels] * 0.75 + lighting.key[:channels] * facing * 0.85
    return np.asarray(albedo * light * lid_shade + 0.05 * glint * lighting.key[:channels], np.float32)
