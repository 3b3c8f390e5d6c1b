"""The car round the driver: seat, headrest, windows, pillars, belt; painted once for a camera and a light.

World metres as in `geometry`; the wheel is on the left side of the car, so that the driver's door is at +x.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.geometry import Viewpoint
from drivermon.simulation.noise import smooth_noise
from drivermon.simulation.parameters import LightKind

DOOR_X, FAR_X, MIDDLE_X = 0.44, -1.15, -0.36
ROOF_Y, SILL_Y = 0.36, -0.06


@dataclass(frozen=True, slots=True)
class Palette:
    """Radiance of the parts of the car, BGR."""

    outside: FloatArray
    land: FloatArray
    roof: FloatArray
    trim: FloatArray
    seat: FloatArray


def _bgr(*values: float) -> FloatArray:
    return np.array(values, np.float32)


PALETTES: dict[LightKind, Palette] = {
    "day": Palette(
        _bgr(1.25, 1.15, 1.05),
        _bgr(0.22, 0.32, 0.28),
        _bgr(0.20, 0.20, 0.21),
        _bgr(0.05, 0.05, 0.05),
        _bgr(0.055, 0.055, 0.06),
    ),
    "low_sun": Palette(
        _bgr(1.1, 1.35, 1.6),
        _bgr(0.16, 0.24, 0.34),
        _bgr(0.15, 0.17, 0.20),
        _bgr(0.035, 0.04, 0.045),
        _bgr(0.05, 0.055, 0.06),
    ),
    "night_ir": Palette(
        _bgr(0.008, 0.008, 0.008),
        _bgr(0.004, 0.004, 0.004),
        _bgr(0.07, 0.07, 0.07),
        _bgr(0.03, 0.03, 0.03),
        _bgr(0.10, 0.10, 0.10),
    ),
}


def paint_cabin(
    view: Viewpoint, size: tuple[int, int], kind: LightKind, sun_side: float, seed: int
) -> FloatArray:
    """(H, W, 3) BGR radiance of the empty car at light intensity 1.

    Args:
        view: where the camera stands.
        size: width, height.
        kind: of light.
        sun_side: > 0 the sun is on the driver's own left; only for "low_sun".
        seed: shades of the upholstery and what is outside.

    """
    random = np.random.default_rng(seed)
    palette = PALETTES[kind]
    width, height = size
    unit = width / 640
    canvas = np.empty((height, width, 3), np.float32)
    canvas[:] = palette.trim
    painter = _Painter(canvas, view)
    shade = float(random.uniform(0.6, 1.8))

    painter.fill(
        [(FAR_X, ROOF_Y, -1.9), (DOOR_X, ROOF_Y, -1.9), (DOOR_X, ROOF_Y, 0.3), (FAR_X, ROOF_Y, 0.3)],
        palette.roof,
    )
    _outside(painter, palette, seed)
    painter.fill(
        [(FAR_X, SILL_Y, -1.9), (DOOR_X, SILL_Y, -1.9), (DOOR_X, -0.9, -1.2), (FAR_X, -0.9, -1.2)],
        palette.trim,
    )
    for x in (MIDDLE_X - 0.38, MIDDLE_X + 0.36):
        painter.cushion(_slab(x, 0.32, -0.75, -0.05, -1.15), palette.seat * shade * 0.7, 20 * unit)
        painter.cushion(_slab(x, 0.13, -0.04, 0.10, -1.2), palette.seat * shade * 0.7, 12 * unit)
    canvas[:] = cv2.GaussianBlur(canvas, (0, 0), 3.0 * unit)
    # the pillar behind the door, and the belt that comes down from it
    painter.fill(
        [(DOOR_X, ROOF_Y, -0.5), (DOOR_X, ROOF_Y, -0.34), (DOOR_X, -0.9, -0.28), (DOOR_X, -0.9, -0.5)],
        palette.trim * 0.9,
    )
    canvas[:] = cv2.GaussianBlur(canvas, (0, 0), 1.6 * unit)
    seat = palette.seat * shade
    lit = 1.0
    if kind == "low_sun":
        lit = 1.6
    painter.cushion(_seat_back(), seat * lit, 34 * unit, sun_side if kind == "low_sun" else 0.0)
    painter.fill(
        [(-0.05, -0.16, -0.2), (-0.035, -0.16, -0.2), (-0.035, 0.0, -0.2), (-0.05, 0.0, -0.2)],
        palette.trim * 3,
    )
    painter.fill(
        [(0.035, -0.16, -0.2), (0.05, -0.16, -0.2), (0.05, 0.0, -0.2), (0.035, 0.0, -0.2)], palette.trim * 3
    )
    painter.cushion(_headrest(), seat * lit * 1.1, 26 * unit, sun_side if kind == "low_sun" else 0.0)
    painter.fill(
        [(0.40, 0.10, -0.34), (0.43, 0.10, -0.33), (0.16, -0.16, -0.10), (0.12, -0.16, -0.10)],
        palette.trim * 0.6,
    )
    canvas[:] = cv2.GaussianBlur(canvas, (0, 0), 1.2 * unit)
    canvas *= 1 + 0.05 * smooth_noise((height, width), (32, 8), seed + 3)[..., None]
    return np.clip(canvas, 0, None)


def _outside(painter: "_Painter", palette: Palette, seed: int) -> None:
    """Rear window and the rear side window, sky above land."""
    rear = [(MIDDLE_X - 0.62, SILL_Y + 0.06, -1.9), (MIDDLE_X + 0.62, SILL_Y + 0.06, -1.9)]
    rear += [(MIDDLE_X + 0.50, ROOF_Y - 0.05, -1.7), (MIDDLE_X - 0.50, ROOF_Y - 0.05, -1.7)]
    side = [
        (DOOR_X, SILL_Y, -1.5),
        (DOOR_X, SILL_Y, -0.50),
        (DOOR_X, ROOF_Y - 0.06, -0.52),
        (DOOR_X, ROOF_Y - 0.06, -1.3),
    ]
    front = [
        (DOOR_X, SILL_Y, -0.30),
        (DOOR_X, SILL_Y, 0.6),
        (DOOR_X, ROOF_Y - 0.06, 0.5),
        (DOOR_X, ROOF_Y - 0.06, -0.36),
    ]
    height, width = painter.canvas.shape[:2]
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    skyline = 0.36 + 0.05 * smooth_noise((1, width), (60, 20), seed + 8)
    land = np.clip((rows - skyline) * 30, 0, 1)[..., None]
    scene = palette.outside * (1 - land) + palette.land * land
    scene = scene * (1 + 0.12 * smooth_noise((height, width), (50, 20), seed + 9)[..., None])
    for window, dim in ((rear, 0.75), (side, 1.0), (front, 1.0)):
        painter.fill_with(window, scene * dim)


def _slab(x: float, half_width: float, low: float, high: float, z: float) -> list[tuple[float, float, float]]:
    w = half_width
    return [(x - w, low, z), (x + w, low, z), (x + w * 0.95, high, z - 0.08), (x - w * 0.95, high, z - 0.08)]


def _seat_back() -> list[tuple[float, float, float]]:
    half = [
        (0.30, -0.75, -0.10),
        (0.285, -0.40, -0.12),
        (0.25, -0.22, -0.16),
        (0.17, -0.125, -0.19),
        (0.06, -0.105, -0.20),
    ]
    return half + [(-x, y, z) for x, y, z in reversed(half)]


def _headrest() -> list[tuple[float, float, float]]:
    half = [
        (0.115, -0.045, -0.20),
        (0.145, 0.03, -0.21),
        (0.135, 0.115, -0.23),
        (0.10, 0.148, -0.24),
        (0.04, 0.155, -0.24),
    ]
    return half + [(-x, y, z) for x, y, z in reversed(half)]


class _Painter:
    """Fills polygons of the world on a canvas."""

    def __init__(self, canvas: FloatArray, view: Viewpoint) -> None:
        self.canvas = canvas
        self._view = view

    def _mask(self, corners: list[tuple[float, float, float]]) -> FloatArray:
        pixels, _ = self._view.project(np.array(corners, np.float32))
        mask = np.zeros(self.canvas.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.clip(pixels * 16, -(2**20), 2**20).astype(np.int32)], 255, cv2.LINE_AA, 4)
        return mask.astype(np.float32) / 255

    def fill(self, corners: list[tuple[float, float, float]], colour: FloatArray) -> None:
        """One colour."""
        self.fill_with(corners, np.broadcast_to(colour, self.canvas.shape))

    def fill_with(self, corners: list[tuple[float, float, float]], picture: FloatArray) -> None:
        """A part of a picture of the canvas' size."""
        mask = self._mask(corners)[..., None]
        self.canvas[:] = self.canvas * (1 - mask) + picture * mask

    def cushion(
        self, corners: list[tuple[float, float, float]], colour: FloatArray, round_px: float, sun: float = 0
    ) -> None:
        """Upholstery: lighter to the middle and above, dark at the edge; `sun` > 0 lights the +x side."""
        mask = self._mask(corners)
        inside = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
        body = 0.45 + 0.55 * np.sqrt(np.clip(inside / round_px, 0, 1))
        slope = (
            cv2.Sobel(cv2.GaussianBlur(np.clip(inside, 0, round_px), (0, 0), round_px / 4), cv2.CV_32F, 1, 0)
            / 8
        )
        rise = (
            cv2.Sobel(cv2.GaussianBlur(np.clip(inside, 0, round_px), (0, 0), round_px / 4), cv2.CV_32F, 0, 1)
            / 8
        )
        shade = body * (1 + 0.35 * rise - np.sign(sun) * 0.8 * slope)
        if sun:
            columns = np.linspace(-1, 1, mask.shape[1], dtype=np.float32)
            shade = shade * (1 + 1.2 * np.clip(columns * np.sign(sun), 0, 1))
        blend = mask[..., None]
        self.canvas[:] = self.canvas * (1 - blend) + colour * shade[..., None] * blend
