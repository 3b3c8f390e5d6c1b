"""Painting skin: tone, blood, age, lips, brows, beard."""

import cv2
import numpy as np

from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.identity import Identity
from drivermon.simulation.noise import smooth_noise
from drivermon.simulation.swatches import ATLAS_HEIGHT, ATLAS_WIDTH
from drivermon.simulation.texels import Texels, beard_share, linear, mix, rise

SKIN_TONES_RGB = (
    (255, 226, 202),
    (244, 207, 176),
    (228, 182, 146),
    (202, 150, 112),
    (166, 115, 80),
    (128, 85, 58),
    (96, 63, 45),
    (72, 48, 36),
)
SKIN_INFRARED = 0.42  # melanin hardly absorbs near infrared: nearly the same for every tone
BROW_X = (0.010, 0.022, 0.035, 0.048, 0.059)
BROW_Y = (0.0185, 0.0212, 0.0230, 0.0222, 0.0175)
BROW_PX_PER_M = 6000


def skin_colour(tone: float) -> FloatArray:
    """BGR reflectance of a skin tone 0 to 7."""
    low = min(int(tone), len(SKIN_TONES_RGB) - 2)
    share = np.float32(tone - low)
    return linear(SKIN_TONES_RGB[low]) * (1 - share) + linear(SKIN_TONES_RGB[low + 1]) * share


def bare_skin(at: Texels, identity: Identity, fine: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Bare skin with blood, age and lips; in colour and infrared."""
    tone, old = identity.tone, float(np.clip((identity.age - 20) / 60, 0, 1))
    broad = at.noise((128, 64, 32), identity.seed + 1)
    base = skin_colour(tone)
    red = 0.4 * at.spot(0.050, -0.032, 0.022, 0.020) + 0.4 * at.spot(0, -0.034, 0.014, 0.014)
    red += 0.2 * at.spot(0, -0.09, 0.025, 0.014) + 0.25 * np.clip(at.ears, 0, 1)
    dark = _age_lines(at, old, broad)
    shade = (1 + 0.05 * broad + 0.025 * fine) * (1 - dark)
    skin = base * shade[:, None]
    skin *= 1 - red[:, None] * np.array([0.24, 0.22, 0.02], np.float32) * np.float32(1 - 0.09 * tone)
    freckled = smooth_noise((ATLAS_HEIGHT, ATLAS_WIDTH), (5,), identity.seed + 5) > 2.2
    blurred = np.asarray(cv2.GaussianBlur(freckled.astype(np.float32), (0, 0), 1.2), np.float32)
    spots = at.of(blurred) * (0.2 + 0.6 * old)
    skin *= 1 - spots[:, None] * np.array([0.5, 0.4, 0.25], np.float32)
    lip = rise(at.lips, 0.25, 0.7)
    blood = np.float32((0.15 + 0.8 * identity.makeup) * (1 - 0.07 * tone))
    lip_colour = base * np.array([0.50, 0.50, 0.82], np.float32) * np.float32(1 - 0.2 * identity.makeup)
    lip_colour = lip_colour + np.array([0.02, 0.012, 0.16], np.float32) * blood
    lipped = mix(skin, lip_colour * (1 + 0.06 * fine[:, None]), lip)
    infrared = SKIN_INFRARED * (1 + 0.03 * broad + 0.02 * fine) * (1 - 0.5 * dark) * (1 - 0.12 * lip)
    return lipped, np.asarray(infrared, np.float32)


def _age_lines(at: Texels, old: float, broad: FloatArray) -> FloatArray:
    """How much darker: under the eyes, lid crease, forehead lines, folds from nose to mouth."""
    dark = 0.28 * (0.35 + old) * at.spot(0.030, -0.016, 0.016, 0.0055)
    dark += 0.10 * at.spot(0.031, 0.009, 0.018, 0.0025)
    lines = np.sin((at.y + 0.001 * broad) * 900) * rise(at.y, 0.034, 0.044) * rise(at.y, 0.065, 0.052)
    dark += 0.22 * max(old - 0.25, 0) * np.clip(lines, 0, 1) * rise(np.abs(at.x), 0.05, 0.03)
    fold = np.abs(at.x) - 0.022 - 0.45 * np.clip(-0.042 - at.y, 0, 1)
    depth = 0.3 * max(old - 0.15, 0) * np.exp(-((fold / 0.0022) ** 2))
    dark += depth * rise(at.y, -0.078, -0.070) * rise(at.y, -0.034, -0.044)
    return np.asarray(np.clip(dark, 0, 0.8), np.float32)


def brows(at: Texels, identity: Identity) -> FloatArray:
    """Share of each texel that brow hairs cover."""
    random = np.random.default_rng(identity.seed + 3)
    scale = BROW_PX_PER_M
    canvas = np.zeros((int(0.05 * scale), int(0.16 * scale)), np.float32)
    thick = 0.0042 * identity.brow * (1.15 if identity.sex == "male" else 0.85)
    for sign in (-1, 1):
        for _ in range(int(560 * identity.brow)):
            u = random.random()
            x = np.interp(u, np.linspace(0, 1, len(BROW_X)), BROW_X)
            y = np.interp(u, np.linspace(0, 1, len(BROW_Y)), BROW_Y)
            offset = random.normal(0, 0.42) * thick * (1 - 0.72 * u**1.5) * min(0.45 + 3.5 * u, 1)
            angle = 0.8 - 1.05 * u
            length = 0.0055 * (0.6 + 0.6 * random.random())
            lift = np.sin(angle) * length * (0.6 if offset < 0 else 0.2)
            ends = np.array([[x, y + offset], [x + np.cos(angle) * length, y + offset + lift]])
            pixels = ((ends * (sign, -1) + (0.08, 0.05)) * scale * 8).astype(np.int32)
            cv2.line(canvas, pixels[0].tolist(), pixels[1].tolist(), 1.0, 2, cv2.LINE_AA, 3)
    soft = np.asarray(cv2.GaussianBlur(canvas, (0, 0), 2.5), np.float32)
    share = np.zeros_like(at.x)
    near = (at.z > -0.02) & (at.y > 0) & (at.y < 0.049) & (np.abs(at.x) < 0.079)
    columns, rows = (at.x[near] + 0.08) * scale, (0.05 - at.y[near]) * scale
    share[near] = soft[rows.astype(np.int64), columns.astype(np.int64)]
    return np.asarray(np.clip(share, 0, 0.75))


def beard(at: Texels, identity: Identity, fine: FloatArray) -> FloatArray:
    """Share of each texel that beard or stubble covers."""
    if identity.sex == "female":
        return np.zeros_like(fine)
    density = 0.08 + 0.80 * identity.beard
    grain = np.clip(0.75 + 0.3 * fine, 0.2, 1.1)
    return np.asarray(beard_share(at.x, at.y, at.z, at.lips, at.ears) * density * grain)
