"""Drawn faces for tests of the training: no real person needed."""

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.emotions import EMOTIONS
from drivermon.perception.alignment import DEFAULT_GEOMETRY
from training.chips import RIM_PX, ChipSet

SIDE = DEFAULT_GEOMETRY.size_px + 2 * RIM_PX


def drawn_face(mouth: float, level: int, side: int = SIDE) -> NDArray[np.uint8]:
    """Draw two eyes and a mouth that opens with `mouth` (0 to 1) on skin of gray `level`."""
    face = np.full((side, side), level, np.uint8)
    for x in (0.35, 0.65):
        cv2.circle(face, (int(x * side), int(0.4 * side)), side // 16, 20, -1)
    cv2.ellipse(
        face, (side // 2, int(0.72 * side)), (side // 6, int(mouth * side / 8) + 1), 0, 0, 360, 40, -1
    )
    return face


def drawn_chips(count: int, seed: int = 0) -> ChipSet:
    """Draw chips of all seven classes, told apart by the mouth; votes agree with the label."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % len(EMOTIONS)
    chips = [drawn_face(label / 6, int(rng.integers(90, 220))) for label in labels]
    return ChipSet(
        chips=np.stack(chips),
        aligned=np.ones(count, bool),
        original=labels.astype(np.int64),
        votes=(10 * np.eye(len(EMOTIONS), dtype=np.float32))[labels],
        happy=np.full(count, -1, np.int64),
        group=np.array([f"g{index}" for index in range(count)]),
        dataset=np.full(count, "drawn"),
        subject=np.full(count, ""),
        usage=np.full(count, "train"),
        split=np.full(count, "train"),
        image=np.array([f"{index}.png" for index in range(count)]),
        attributes=np.array([{} for _ in range(count)], np.object_),
        detector=np.full(count, "eyes"),
    )
