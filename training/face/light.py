"""What light, lens and sensor do to a picture."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

USUAL_PX = 112
"""Side of the crops for which blur is drawn."""


def expose(image: NDArray[np.uint8], random: Generator) -> NDArray[np.uint8]:
    """Change gamma, light from a side, brightness and contrast of a gray picture (H, W)."""
    light = image.astype(np.float32)
    if random.random() < 0.6:
        light = 255 * np.power(light / 255, np.float32(np.exp(random.normal(0, 0.4))))
    if random.random() < 0.4:
        angle = random.uniform(0, 2 * np.pi)
        down, across = (np.linspace(-1, 1, length, dtype=np.float32) for length in image.shape)
        side = np.cos(angle) * across[None] + np.sin(angle) * down[:, None]
        light *= np.clip(1 + random.uniform(0.2, 0.8) * side, 0.08, None)
    light = light * np.float32(random.uniform(0.5, 1.3)) + np.float32(random.uniform(-25, 25))
    return np.clip(light, 0, 255).astype(np.uint8)


def blur(image: NDArray[np.uint8], random: Generator, sharper: float = 1.0) -> NDArray[np.uint8]:
    """Blur by focus, by motion or by few pixels, or not at all; `sharper` is the side in usual ones."""
    kind = random.random()
    if kind < 0.3:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), random.uniform(0.4, 1.6 * sharper)), np.uint8)
    if kind < 0.42:
        length = 2 * int(random.integers(1, 1 + round(3 * sharper))) + 1
        kernel = np.zeros((length, length), np.float32)
        cv2.line(kernel, (0, int(random.integers(length))), (length - 1, int(random.integers(length))), 1.0)
        kernel = kernel if random.random() < 0.5 else np.ascontiguousarray(kernel.T)
        return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), np.uint8)
    if kind < 0.6:
        share = random.uniform(0.35 / sharper, 0.9)
        small = cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(small, image.shape[::-1]), np.uint8)
    return image


def sense(image: NDArray[np.uint8], random: Generator) -> NDArray[np.uint8]:
    """Add sensor noise and the traces of JPEG now and then."""
    if random.random() < 0.4:
        noise = np.zeros(image.shape, np.int16)
        cv2.randn(noise, np.zeros(1), np.full(1, random.uniform(1, 11)))
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    if random.random() < 0.3:
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(20, 85))])
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
    return image
