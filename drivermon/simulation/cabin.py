"""The car round the driver: seat, headrest, windows, pillar, belt; painted once for a camera and a light.

World metres as in `geometry`; the wheel is on the left side of the car, so that the driver's door is at +x.
"""

from dataclasses import dataclass

import numpy as np

from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.geometry import Viewpoint
from drivermon.simulation.noise import smooth_noise
from drivermon.simulation.painter import Corners, Painter
from drivermon.simulation.parameters import LightKind

DOOR_X, FAR_X, MIDDLE_X = 0.44, -1.15, -0.36
ROOF_Y, SILL_Y, LINTEL_Y = 0.36, -0.06, 0.30
BACK_Z = -1.9


def _symmetric(half: Corners) -> Corners:
    return half + [(-x, y, z) for x, y, z in reversed(half)]


SEAT_BACK = _symmetric(
    [
        (0.30, -0.75, -0.10),
        (0.285, -0.4, -0.12),
        (0.25, -0.22, -0.16),
        (0.17, -0.125, -0.19),
        (0.06, -0.105, -0.2),
    ]
)
HEADREST = _symmetric(
    [
        (0.115, -0.045, -0.2),
        (0.145, 0.03, -0.21),
        (0.135, 0.115, -0.23),
        (0.1, 0.148, -0.24),
        (0.04, 0.155, -0.24),
    ]
)
PILLAR: Corners = [
    (DOOR_X, ROOF_Y, -0.5),
    (DOOR_X, ROOF_Y, -0.34),
    (DOOR_X, -0.9, -0.28),
    (DOOR_X, -0.9, -0.5),
]
WORN_BELT: Corners = [(0.40, 0.10, -0.34), (0.43, 0.10, -0.33), (0.16, -0.16, -0.10), (0.12, -0.16, -0.10)]
HANGING_BELT: Corners = [(0.40, 0.10, -0.34), (0.435, 0.10, -0.33), (0.435, -0.9, -0.30), (0.40, -0.9, -0.30)]
REAR_WINDOW: Corners = [
    (MIDDLE_X - 0.62, 0.0, BACK_Z),
    (MIDDLE_X + 0.62, 0.0, BACK_Z),
    (MIDDLE_X + 0.50, ROOF_Y - 0.05, -1.7),
    (MIDDLE_X - 0.50, ROOF_Y - 0.05, -1.7),
]
BACK_DOOR_WINDOW: Corners = [
    (DOOR_X, SILL_Y, -1.5),
    (DOOR_X, SILL_Y, -0.50),
    (DOOR_X, LINTEL_Y, -0.52),
    (DOOR_X, LINTEL_Y, -1.3),
]
DOOR_WINDOW: Corners = [
    (DOOR_X, SILL_Y, -0.30),
    (DOOR_X, SILL_Y, 0.6),
    (DOOR_X, LINTEL_Y, 0.5),
    (DOOR_X, LINTEL_Y, -0.36),
]
ROOF: Corners = [
    (FAR_X, ROOF_Y, BACK_Z),
    (DOOR_X, ROOF_Y, BACK_Z),
    (DOOR_X, ROOF_Y, 0.3),
    (FAR_X, ROOF_Y, 0.3),
]
BELOW: Corners = [
    (FAR_X, SILL_Y, BACK_Z),
    (DOOR_X, SILL_Y, BACK_Z),
    (DOOR_X, -0.9, -1.2),
    (FAR_X, -0.9, -1.2),
]


def _bgr(*values: float) -> FloatArray:
    return np.array(values, np.float32)


@dataclass(frozen=True, slots=True)
class Palette:
    """Radiance of the parts of the car, BGR."""

    outside: FloatArray
    land: FloatArray
    roof: FloatArray
    trim: FloatArray
    seat: FloatArray


PALETTES: dict[LightKind, Palette] = {
    "day": Palette(
        outside=_bgr(1.25, 1.15, 1.05),
        land=_bgr(0.22, 0.32, 0.28),
        roof=_bgr(0.20, 0.20, 0.21),
        trim=_bgr(0.05, 0.05, 0.05),
        seat=_bgr(0.055, 0.055, 0.06),
    ),
    "low_sun": Palette(
        outside=_bgr(1.1, 1.35, 1.6),
        land=_bgr(0.16, 0.24, 0.34),
        roof=_bgr(0.15, 0.17, 0.20),
        trim=_bgr(0.035, 0.04, 0.045),
        seat=_bgr(0.05, 0.055, 0.06),
    ),
    "night_ir": Palette(
        outside=_bgr(0.008, 0.008, 0.008),
        land=_bgr(0.004, 0.004, 0.004),
        roof=_bgr(0.07, 0.07, 0.07),
        trim=_bgr(0.03, 0.03, 0.03),
        seat=_bgr(0.10, 0.10, 0.10),
    ),
}


def paint_cabin(
    view: Viewpoint,
    size: tuple[int, int],
    kind: LightKind,
    *,
    sun_from_left: bool,
    belted: bool,
    seed: int,
) -> FloatArray:
    """(H, W, 3) BGR radiance of the car without people, at light intensity 1.

    Args:
        view: where the camera stands.
        size: width, height.
        kind: of light.
        sun_from_left: the sun is on the driver's own left; only for "low_sun".
        belted: the belt runs to the driver's shoulder; else it hangs by the pillar.
        seed: shades of the upholstery and what is outside.

    """
    random = np.random.default_rng(seed)
    palette = PALETTES[kind]
    width, height = size
    unit = width / 640
    canvas = np.empty((height, width, 3), np.float32)
    canvas[:] = palette.trim
    painter = Painter(canvas, view)
    seat = palette.seat * float(random.uniform(0.6, 1.8))
    sun = 0.0
    if kind == "low_sun":
        sun = 1.0 if sun_from_left else -1.0
    painter.fill(ROOF, palette.roof)
    scene = _scenery(size, palette, seed)
    painter.fill_with(REAR_WINDOW, scene * 0.75)
    painter.fill_with(BACK_DOOR_WINDOW, scene)
    painter.fill_with(DOOR_WINDOW, scene)
    painter.fill(BELOW, palette.trim)
    for x in (MIDDLE_X - 0.38, MIDDLE_X + 0.36):
        painter.cushion(_back_seat(x, 0.32, -0.75, -0.05), seat * 0.7, 20 * unit)
        painter.cushion(_back_seat(x, 0.13, -0.04, 0.10), seat * 0.7, 12 * unit)
    painter.soften(3.0 * unit)
    painter.fill(PILLAR, palette.trim * 0.9)
    if not belted:
        painter.fill(HANGING_BELT, palette.trim * 0.6)
    painter.soften(1.6 * unit)
    painter.cushion(SEAT_BACK, seat, 34 * unit, sun)
    for x in (-0.0425, 0.0425):
        painter.fill(_post(x), palette.trim * 3)
    painter.cushion(HEADREST, seat * 1.1, 26 * unit, sun)
    if belted:
        painter.fill(WORN_BELT, palette.trim * 0.6)
    painter.soften(1.2 * unit)
    canvas *= 1 + 0.05 * smooth_noise((height, width), (32, 8), seed + 3)[..., None]
    return np.clip(canvas, 0, None)


def _scenery(size: tuple[int, int], palette: Palette, seed: int) -> FloatArray:
    """(H, W, 3) sky above land."""
    width, height = size
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    skyline = 0.36 + 0.05 * smooth_noise((1, width), (60, 20), seed + 8)
    land = np.clip((rows - skyline) * 30, 0, 1)[..., None]
    scene = palette.outside * (1 - land) + palette.land * land
    return np.asarray(scene * (1 + 0.12 * smooth_noise((height, width), (50, 20), seed + 9)[..., None]))


def _back_seat(x: float, half_width: float, low: float, high: float) -> Corners:
    w, z = half_width, -1.15
    return [(x - w, low, z), (x + w, low, z), (x + w * 0.95, high, z - 0.08), (x - w * 0.95, high, z - 0.08)]


def _post(x: float) -> Corners:
    """One of the two bars that carry the headrest."""
    w, z = 0.0075, -0.2
    return [(x - w, -0.16, z), (x + w, -0.16, z), (x + w, 0.0, z), (x - w, 0.0, z)]
