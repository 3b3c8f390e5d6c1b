"""Lenses of glasses, laid over the finished radiance: tint and reflections."""

import cv2
import numpy as np

from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.lighting import Lighting

DARK_PASSES = 0.05  # of visible light; near infrared passes many dark lenses rather better
DARK_PASSES_INFRARED = 0.18
CLEAR_PASSES = 0.94
BEHIND_M = 0.002


def lay_lens(
    radiance: FloatArray,
    nearness: FloatArray,
    outline: FloatArray,
    depth: FloatArray,
    lighting: Lighting,
    *,
    dark: bool,
) -> None:
    """Tint the picture inside one lens where nothing lies before it, and reflect a window in it, in place.

    Args:
        radiance: (H, W, 1 or 3).
        nearness: (H, W) z-buffer, 1 / metres.
        outline: (N, 2) pixels.
        depth: (N,) of the outline, metres.
        lighting: for the reflections.
        dark: sunglasses.

    """
    height, width = nearness.shape
    x, y, w, h = cv2.boundingRect(np.round(outline).astype(np.int32))
    left, top, right, bottom = max(x - 2, 0), max(y - 2, 0), min(x + w + 2, width), min(y + h + 2, height)
    if right <= left or bottom <= top or w < 4:
        return
    mask = np.zeros((bottom - top, right - left), np.uint8)
    corners = ((outline - (left, top)) * 16).astype(np.int32)
    cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, 4)
    behind = nearness[top:bottom, left:right] < 1 / (depth.min() - BEHIND_M)
    share = (mask.astype(np.float32) / 255 * behind)[..., None]
    part = radiance[top:bottom, left:right]
    dark_passes = DARK_PASSES_INFRARED if lighting.infrared else DARK_PASSES
    passing = dark_passes if dark else CLEAR_PASSES
    part *= 1 - share * (1 - passing)
    across = (np.arange(left, right, dtype=np.float32) - x)[None, :, None] / w
    down = (np.arange(top, bottom, dtype=np.float32) - y)[:, None, None] / h
    part += share * _reflection(across, down, lighting, dark=dark)[..., : part.shape[2]]


def _reflection(across: FloatArray, down: FloatArray, lighting: Lighting, *, dark: bool) -> FloatArray:
    """What a lens mirrors: a slanted band of window by day, the lamp as a spot in infrared."""
    if lighting.infrared:
        spot = np.exp(-(((across - 0.55) / 0.06) ** 2) - ((down - 0.35) / 0.08) ** 2)
        return np.asarray(0.5 * spot * lighting.key, np.float32)
    sign = 1.0 if lighting.toward[0] > 0 else -1.0
    band = np.exp(-(((sign * (across - 0.5) + 0.5 * (down - 0.3) - 0.22) / 0.10) ** 2))
    sky = np.clip(1.1 - 1.6 * down, 0, 1)
    strength = 0.07 if dark else 0.09
    return np.asarray(strength * (band + 0.35 * sky) * (lighting.surround + 0.3 * lighting.key), np.float32)
