"""From surfaces and light to radiance.

Light is worked out at the vertices, which lie millimetres apart on the face, and interpolated; texture,
shadow and the eyes are worked out at each pixel.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.geometry import Viewpoint, rotation_matrix
from drivermon.simulation.head import Head, Posed
from drivermon.simulation.identity import Identity
from drivermon.simulation.lighting import Lighting
from drivermon.simulation.mesh import LEFT, SIDES
from drivermon.simulation.parameters import DriverParameters
from drivermon.simulation.pieces import Vertices
from drivermon.simulation.rasterizer import Fragments, rasterize
from drivermon.simulation.surfaces import Surfaces
from drivermon.simulation.texture import Atlas, linear

GLOSS = 14.0
SCLERA_PIGMENT = 0.055  # darker skin goes with a browner white of the eye, by step of tone
SHADOW_PX = 256
SHADOW_EXTENT_M = 0.62
SHADOW_BIAS_M = 0.008
IRIS_RAD, PUPIL_RAD = 0.40, 0.17
EYES_TOE_IN_DEG = 2.0
REMAP_LIMIT = 30000  # OpenCV maps at most 32767 columns


@dataclass(frozen=True, slots=True)
class ShadowMap:
    """What the key light sees, orthographic."""

    across: FloatArray
    upward: FloatArray
    centre: FloatArray
    toward: FloatArray
    nearness: FloatArray

    def coordinates(self, points: FloatArray) -> FloatArray:
        """(V, 3): pixel x, y in the map and nearness to the light, metres."""
        local = points - self.centre
        scale = np.float32(SHADOW_PX / SHADOW_EXTENT_M)
        x = local @ self.across * scale + SHADOW_PX / 2
        y = -(local @ self.upward) * scale + SHADOW_PX / 2
        return np.stack([x, y, local @ self.toward + 1], 1).astype(np.float32)

    def lit(self, at: FloatArray, facing: FloatArray) -> FloatArray:
        """(N,) share of the light that arrives, soft over about 3 mm."""
        near = at[:, 2] + SHADOW_BIAS_M + 0.008 * (1 - facing)
        share = np.zeros(len(at), np.float32)
        taps = ((0.0, 0.0), (1.1, 0.4), (-1.1, -0.4), (0.4, -1.1), (-0.4, 1.1))
        for dx, dy in taps:
            column = np.clip(at[:, 0] + dx, 0, SHADOW_PX - 1).astype(np.int32)
            row = np.clip(at[:, 1] + dy, 0, SHADOW_PX - 1).astype(np.int32)
            share += near > self.nearness[row, column]
        return share / len(taps)


def cast_shadows(vertices: Vertices, surfaces: Surfaces, lighting: Lighting, centre: FloatArray) -> ShadowMap:
    """Draw the person from the key light."""
    toward = lighting.toward
    across = np.cross(np.array([0, 1, 0.01], np.float32), toward)
    across /= np.linalg.norm(across)
    upward = np.cross(toward, across)
    empty = ShadowMap(across, upward, centre, toward, np.zeros((1, 1), np.float32))
    at = empty.coordinates(vertices.places)
    caster = surfaces.casts_shadow
    drawn = rasterize(at[:, :2], at[:, 2], surfaces.triangles[caster], (SHADOW_PX, SHADOW_PX))
    return ShadowMap(across, upward, centre, toward, drawn.nearness)


def shade(
    fragments: Fragments,
    surfaces: Surfaces,
    vertices: Vertices,
    atlas: Atlas,
    lighting: Lighting,
    view: Viewpoint,
    shadow: ShadowMap | None,
) -> FloatArray:
    """(N, 3) BGR radiance of the fragments, or (N, 1) in infrared; the eyes are still blank."""
    direct, surround, shine = _vertex_light(surfaces, vertices, lighting, view)
    size = np.array([atlas.infrared.shape[1], atlas.infrared.shape[0]], np.float32)
    columns = [surfaces.atlas * size - 0.5, direct, surround[:, None], shine[:, None]]
    if shadow is not None:
        columns.append(shadow.coordinates(vertices.places))
    values = fragments.interpolate(surfaces.triangles, np.concatenate(columns, 1))
    channels = direct.shape[1]
    light = values[:, 2 : 2 + channels]
    highlight = values[:, 3 + channels : 4 + channels]
    if shadow is not None:
        facing = np.clip(light[:, 1] / max(float(lighting.key[1]), 1e-6), 0, 1)
        lit = shadow.lit(values[:, 4 + channels :], facing)[:, None]
        light = light * lit
        highlight = highlight * lit
    ambient = values[:, 2 + channels : 3 + channels] * (lighting.surround[:channels])
    picture = atlas.infrared[..., None] if lighting.infrared else atlas.colour
    return np.asarray(sample(picture, values[:, :2]) * (ambient + light) + highlight, np.float32)


def _vertex_light(
    surfaces: Surfaces, vertices: Vertices, lighting: Lighting, view: Viewpoint
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Key light (V, channels), share of surround (V,) and highlight (V,) at every vertex."""
    channels = 1 if lighting.infrared else 3
    n, sky = vertices.normals, vertices.sky
    away = view.position - vertices.places
    distance = np.sqrt((away**2).sum(1, keepdims=True))
    facing = n @ lighting.toward
    wrap = lighting.wrap[:channels]
    diffuse = np.clip((facing[:, None] + wrap) / (1 + wrap), 0, None) ** 1.25
    key = lighting.key[:channels] * (0.55 + 0.45 * sky[:, None])
    if lighting.infrared:
        key = key * np.clip(0.65 / distance, 0.1, 2.0) ** 2
    half = away / distance + lighting.toward
    half /= np.sqrt((half**2).sum(1, keepdims=True))
    peak = np.clip((n * half).sum(1), 0, 1) ** GLOSS * (GLOSS + 2) / 8
    rim = 0.05 * np.clip(1 - np.abs((n * away).sum(1)) / distance[:, 0], 0, 1) ** 3
    strength = float(lighting.key.mean())
    highlight = surfaces.shine * peak * strength + rim * sky * float(lighting.surround.mean()) * (
        surfaces.shine > 0
    )
    surround = (0.62 + 0.38 * n[:, 1]) * (0.12 + 0.88 * sky)
    return diffuse * key, surround, np.asarray(highlight, np.float32)


def sample(picture: FloatArray, at: FloatArray) -> FloatArray:
    """(N, C) bilinear values of a (H, W, C) picture at (N, 2) pixels."""
    x, y = np.ascontiguousarray(at[:, 0])[None], np.ascontiguousarray(at[:, 1])[None]
    chunks = [
        cv2.remap(picture, x[:, i : i + REMAP_LIMIT], y[:, i : i + REMAP_LIMIT], cv2.INTER_LINEAR)[0]
        for i in range(0, len(at), REMAP_LIMIT)
    ]
    out = np.concatenate(chunks) if chunks else np.zeros((0, picture.shape[2]), np.float32)
    return out.reshape(len(at), -1)


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
        toe_in = -EYES_TOE_IN_DEG if side == LEFT else EYES_TOE_IN_DEG
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
