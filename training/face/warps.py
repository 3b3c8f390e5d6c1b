"""Real faces made to shut their eyes and open their mouths: the picture is bent, the points go along.

Sleeping and yawning faces are rare in sets of photographs. Faces stand upright in their chips, so lids
move along columns.
"""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.face.faces import LEFT, RIGHT, Floats

Chip = NDArray[np.uint8]

MIN_EYE_PX, MIN_HALF_MOUTH_PX = 9.0, 9.0
LASH_PX = 0.75
"""Half the height of the lash line, on top of 3 % of the eye's width."""


def shut_lids(chip: Chip, points: Floats, shares: tuple[float, float]) -> tuple[Chip, Floats, list[float]]:
    """Push the lids of both eyes together.

    Args:
        chip: the face.
        points: its 68 points.
        shares: of the gap that is left, for the right and the left eye; 1 leaves it as it is.

    Returns:
        The new chip and points, and the shares that really are left: 1 where an eye is too narrow.

    """
    chip, points, left = chip.copy(), points.copy(), []
    for eye, share in zip((RIGHT, LEFT), shares, strict=True):
        done = share < 1.0 and _shut_lid(chip, points[eye], share)
        left.append(share if done else 1.0)
    return chip, points, left


def _shut_lid(chip: Chip, eye: Floats, share: float) -> bool:
    """Bend one eye in place; `eye` is a view of its six points."""
    left, right = int(np.floor(eye[0, 0])), int(np.ceil(eye[3, 0]))
    width = float(eye[3, 0] - eye[0, 0])
    if width < MIN_EYE_PX or left < 1 or right > chip.shape[1] - 2:
        return False
    columns = np.arange(left, right + 1, dtype=np.float32)
    upper, lower = _lid_curve(eye, 1, 2, columns), _lid_curve(eye, 5, 4, columns)
    gap = np.maximum(lower - upper, 0)
    new_lower = lower - 0.15 * (1 - share) * gap
    new_upper = new_lower - share * gap
    top, bottom = float(upper.min() - 0.42 * width), float(lower.max() + 0.3 * width)
    first, last = max(int(top), 0), min(int(bottom) + 1, chip.shape[0] - 1)
    if last - first < 5:
        return False
    rows = np.arange(first, last + 1, dtype=np.float32)[:, None]
    above = top + (rows - top) * (upper - top) / np.maximum(new_upper - top, 1)
    below = bottom - (bottom - rows) * (bottom - lower) / np.maximum(bottom - new_lower, 1)
    source = np.where(rows <= new_upper, above, np.where(rows >= new_lower, below, rows)).astype(np.float32)
    across = np.ascontiguousarray(np.broadcast_to(columns, source.shape))
    patch = cv2.remap(chip, across, source, cv2.INTER_LINEAR).astype(np.float32)
    along = np.clip((columns - eye[0, 0]) / width, 0, 1)
    lash = np.exp(-np.square((rows - new_upper - 0.3) / (0.028 * width + LASH_PX)))
    patch *= 1 - (1 - share) * 0.3 * lash * np.minimum(6 * along * (1 - along), 1)
    chip[first : last + 1, left : right + 1] = np.clip(patch, 0, 255)
    for k in (1, 2):
        eye[k, 1] = np.interp(eye[k, 0], columns, new_upper)
    for k in (4, 5):
        eye[k, 1] = np.interp(eye[k, 0], columns, new_lower)
    return True


def _lid_curve(eye: Floats, first: int, second: int, columns: Floats) -> Floats:
    """Height of a lid over the columns: through the corners and two points, a little rounded."""
    x0, x3 = float(eye[0, 0]), float(eye[3, 0])
    width = x3 - x0
    line = np.interp(columns, [x0, x3], [eye[0, 1], eye[3, 1]])

    def off_line(k: int) -> float:
        return float(eye[k, 1] - np.interp(eye[k, 0], [x0, x3], [eye[0, 1], eye[3, 1]]))

    knots = [
        x0,
        float(np.clip(eye[first, 0], x0 + 0.15 * width, x0 + 0.45 * width)),
        float(np.clip(eye[second, 0], x0 + 0.55 * width, x0 + 0.85 * width)),
        x3,
    ]
    curve = np.interp(columns, knots, [0.0, off_line(first), off_line(second), 0.0])
    curve = np.convolve(np.pad(curve, 2, "edge"), [0.1, 0.2, 0.4, 0.2, 0.1], "valid")
    return np.asarray(line + 1.08 * curve, np.float32)


def open_mouth(chip: Chip, points: Floats, random: Generator) -> tuple[Chip, Floats]:
    """Drop the jaw and paint the inside of the mouth; a mouth that is too narrow stays as it is."""
    x0, x1 = float(points[60, 0]), float(points[64, 0])
    half, middle = (x1 - x0) / 2, (x0 + x1) / 2
    if half < MIN_HALF_MOUTH_PX:
        return chip, points
    drop = 2 * half * float(random.uniform(0.3, 1.15))
    size = chip.shape[0]
    left, right = max(int(middle - 2.6 * half), 0), min(int(middle + 2.6 * half), size - 1)
    columns = np.arange(left, right + 1, dtype=np.float32)
    upper = _lip_curve(points, [60, 61, 62, 63, 64], columns)
    lower: Floats = np.maximum(_lip_curve(points, [60, 67, 66, 65, 64], columns), upper)
    chin = max(float(points[6:11, 1].max()), float(points[57, 1]) + 0.5 * half)

    def shift(x: Floats, y: Floats) -> Floats:
        """How far skin at (x, y) goes down: an ellipse at the lips, all of the chin, nothing far below."""
        lip = np.interp(x, columns, lower)
        jaw = np.clip((y - lip) / (chin - lip + 1e-3), 0, 1)
        at_lip = np.sqrt(np.clip(1 - np.square((x - middle) / half), 0, 1))
        at_chin = np.exp(-np.square(np.square((x - middle) / (1.5 * half))))
        fading = np.clip((y - chin) / (1.6 * drop), 0, 1)
        return np.asarray(drop * ((1 - jaw) * at_lip + jaw * at_chin) * (1 - fading) * (y >= lip - 0.01))

    top = max(int(upper.min()), 0)
    rows = np.arange(top, size, dtype=np.float32)[:, None]
    x = np.ascontiguousarray(np.broadcast_to(columns, (len(rows), len(columns))))
    source: Floats = np.broadcast_to(rows, x.shape)
    for _ in range(5):  # the inverse of y + shift(x, y), by damped fixed-point steps
        source = 0.4 * source + 0.6 * (rows - shift(x, np.maximum(source, lower)))
    source = np.where(rows <= upper, rows, np.maximum(source, lower)).astype(np.float32)
    patch = cv2.remap(chip, x, source, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    new_lower = lower + drop * np.sqrt(np.clip(1 - np.square((columns - middle) / half), 0, 1))
    inside = (rows > upper) & (rows < new_lower) & (np.abs(columns - middle) < half)
    depth = (rows - upper) / np.maximum(new_lower - upper, 1)
    skin = float(np.median(patch[inside])) if inside.any() else 60.0
    cavity = _cavity(depth, np.abs(columns - middle) < 0.75 * half, skin, random)
    soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 0.7)
    chip = chip.copy()
    chip[top:, left : right + 1] = np.clip(patch * (1 - soft) + cavity * soft, 0, 255)
    points = points.copy()
    moving = [*range(3, 14), 55, 56, 57, 58, 59, 65, 66, 67]
    at = points[moving]
    points[moving, 1] += shift(at[:, 0], np.maximum(at[:, 1], np.interp(at[:, 0], columns, lower)))
    return chip, points


def _lip_curve(points: Floats, numbers: list[int], columns: Floats) -> Floats:
    lip = points[numbers]
    order = np.argsort(lip[:, 0])
    return np.asarray(np.interp(columns, lip[order, 0], lip[order, 1]), np.float32)


def _cavity(depth: Floats, middle: NDArray[np.bool_], skin: float, random: Generator) -> Floats:
    """Paint a dark mouth, with upper teeth, tongue and lower teeth now and then."""
    dark = random.uniform(0.1, 0.5) * max(skin, 40)
    mouth = np.full(depth.shape, dark, np.float32)
    if random.random() < 0.55:
        mouth[depth < random.uniform(0.08, 0.25)] = dark + random.uniform(0.4, 1.0) * skin
    if random.random() < 0.6:
        mouth[(depth > random.uniform(0.45, 0.8)) & middle] = dark + random.uniform(0.2, 0.7) * skin
    if random.random() < 0.4:
        mouth[depth > random.uniform(0.85, 0.95)] = dark + random.uniform(0.3, 0.9) * skin
    return np.asarray(cv2.GaussianBlur(mouth, (0, 0), 1.5), np.float32)
