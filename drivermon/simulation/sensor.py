"""From radiance to the picture that a camera delivers: lens, exposure, gamma, noise."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.parameters import Camera

METERED_RADIANCE = 0.30  # of the middle of the picture, where the face is: middle gray
COMPENSATION = 0.85  # exposure controls don't even out all of the difference
COVER_GLOW = 0.010  # what covers the lens is out of focus and not quite black: even, without any detail
GAIN_RANGE = (0.3, 12.0)
NOISE_ROWS = 97  # the noise field is this much taller than the picture and starts at a row drawn by the seed


def exposure_gain(radiance: FloatArray, camera: Camera) -> float:
    """Gain that a centre-weighted exposure control settles at, or the fixed one."""
    if not isinstance(camera.exposure, str):
        return float(camera.exposure)
    step = max(1, camera.width // 80)
    coarse = radiance[::step, ::step].mean(2)
    weights = _metering(coarse.shape)
    metered = float((np.minimum(coarse, 2.0) * weights).sum() / weights.sum())
    return float(np.clip((METERED_RADIANCE / max(metered, 1e-6)) ** COMPENSATION, *GAIN_RANGE))


@cache
def _metering(shape: tuple[int, ...]) -> FloatArray:
    height, width = shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    across = (x / max(width - 1, 1) - 0.5) / 0.14
    down = (y / max(height - 1, 1) - 0.48) / 0.22
    return np.asarray(np.exp(-(across**2) - down**2))


def develop(radiance: FloatArray, camera: Camera, seed: int) -> NDArray[np.uint8]:
    """The uint8 picture, (H, W, 3) BGR or (H, W) gray, of a radiance (H, W, 3 or 1)."""
    gain = exposure_gain(radiance, camera)
    shape = (camera.height, camera.width, -1)
    light = np.asarray(radiance, np.float32)
    if camera.blur_px > 0:
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), camera.blur_px), np.float32).reshape(shape)
    if camera.covered > 0:
        passing = _cover(camera)[..., None]
        light = np.asarray(light * passing + (1 - passing) * COVER_GLOW / gain, np.float32)
    if camera.gray and light.shape[2] == 3:
        light = np.asarray(cv2.cvtColor(light, cv2.COLOR_BGR2GRAY), np.float32)
    picture = np.asarray(cv2.sqrt(light * np.float32(gain * (1 - camera.dark)))).reshape(shape)
    channels = picture.shape[2]
    grain = _noise((camera.height, camera.width, channels), seed)
    strength = camera.noise * max(gain, 0.5) ** 0.5
    out = cv2.addWeighted(picture, 255.0, grain, strength, 0.0, dtype=cv2.CV_8U).reshape(picture.shape)
    if channels == 1:
        gray = out[..., 0]
        out = gray if camera.gray else cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)
    if camera.mirrored:
        out = out[:, ::-1]
    return np.ascontiguousarray(out)


def _cover(camera: Camera) -> FloatArray:
    """Share of light that passes a soft-edged cover which comes in from the right."""
    columns = np.linspace(0, 1, camera.width, dtype=np.float32)
    edge = 1.15 - 1.3 * camera.covered
    passing = np.clip((edge - columns) / 0.15 + 0.5, 0.0002, 1)
    return np.broadcast_to(passing, (camera.height, camera.width))


@cache
def _noise_field(width: int, height: int, channels: int) -> FloatArray:
    random = np.random.default_rng(7)
    return random.standard_normal((height + NOISE_ROWS, width, channels)).astype(np.float32)


def _noise(shape: tuple[int, int, int], seed: int) -> FloatArray:
    height, width, channels = shape
    start = int(np.random.default_rng(seed).integers(NOISE_ROWS))
    return _noise_field(width, height, channels)[start : start + height]
