"""Seeded smooth noise for skin, cloth and hair."""

import cv2
import numpy as np

from drivermon.simulation.arrays import FloatArray


def smooth_noise(
    shape: tuple[int, int], cells_px: tuple[int, ...], seed: int, gain: float = 0.5
) -> FloatArray:
    """(height, width) sum of octaves of interpolated normal noise, one for each cell size in pixels."""
    random = np.random.default_rng(seed)
    height, width = shape
    total = np.zeros(shape, np.float32)
    for octave, cell in enumerate(cells_px):
        coarse = random.standard_normal((max(2, height // cell), max(2, width // cell))).astype(np.float32)
        total += gain**octave * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return total
