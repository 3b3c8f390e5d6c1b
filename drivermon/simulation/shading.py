"""From surfaces and light to radiance.

Light is worked out at the vertices, which lie millimetres apart on the face, and interpolated; texture,
shadow and the eyes are worked out at each pixel.
"""

import cv2
import numpy as np

from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.geometry import Viewpoint
from drivermon.simulation.lighting import Lighting
from drivermon.simulation.paint import Atlas
from drivermon.simulation.pieces import Vertices
from drivermon.simulation.rasterizer import Fragments
from drivermon.simulation.shadow import ShadowMap
from drivermon.simulation.surfaces import Surfaces

GLOSS = 14.0
REMAP_LIMIT = 30000  # OpenCV maps at most 32767 columns


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
    return out.reshape(len(at), picture.shape[2])
