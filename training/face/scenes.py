"""Pictures for the detector: rendered cabins, and faces put on backgrounds at any place and size."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.face import covers, light
from training.face.backgrounds import shuffled
from training.face.faces import Faces, Floats

Picture = NDArray[np.uint8]

HEIGHT_PX, WIDTH_PX = 128, 160
SMALLEST_PX, LARGEST_PX = 14.0, 110.0
"""Longer side of the rectangle round the 68 points, in the network's picture."""

RENDERED, EMPTY, CLOSE = 0.34, 0.2, 0.12
"""Share of rendered cabins, of pictures without a face, and of faces that fill the picture; in the rest
a face is put on a background."""

NO_BOX = np.full(4, np.nan, np.float32)


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture (128, 160) and the box of its face: x, y, width, height, NaN without one."""

    image: Picture
    box: Floats


class SceneSampler:
    """Draws scenes."""

    def __init__(
        self, faces: Faces, cabins: NDArray[np.uint8], boxes: Floats, backgrounds: list[Picture]
    ) -> None:
        """Take the material.

        Args:
            faces: real and rendered ones; those that are none (`present` 0) serve as what isn't found.
            cabins: (N, H, W) rendered.
            boxes: (N, 4) of the faces in them, NaN where nobody can be found.
            backgrounds: pictures without a face.

        """
        self._faces, self._backgrounds = faces, backgrounds
        self._cabins, self._boxes = cabins, boxes
        usable = (faces.present > 0.5) & (faces.share > 0.5)
        real = usable & (faces.source != "render")
        self._real, self._rendered = np.flatnonzero(real), np.flatnonzero(usable & ~real)
        self._behind = np.flatnonzero((faces.present < 0.5) & (faces.share > 0))

    def draw(self, random: Generator) -> Scene:
        """Return one scene."""
        kind = random.random()
        if kind < RENDERED:
            scene = self._cabin(random)
        elif kind < RENDERED + EMPTY:
            scene = self._empty(random)
        elif kind < RENDERED + EMPTY + CLOSE:
            scene = self._close(random)
        else:
            scene = self._pasted(random)
        image, box = scene.image, scene.box
        if random.random() < 0.2:
            image, hidden = covers.cover_part(image, random)
            if np.isfinite(box).all() and _inside(hidden, box) > 0.5:
                box = NO_BOX
        if random.random() < 0.5:
            image, box = np.ascontiguousarray(image[:, ::-1]), box.copy()
            box[0] = WIDTH_PX - box[0] - box[2]
        return Scene(_lit(image, random), box)

    def _cabin(self, random: Generator) -> Scene:
        row = int(random.integers(len(self._cabins)))
        picture, box = self._cabins[row], self._boxes[row]
        scale = WIDTH_PX / picture.shape[1] * float(np.exp(random.uniform(-0.15, 0.5)))
        middle = box[:2] + box[2:] / 2 if np.isfinite(box).all() else np.array(picture.shape[::-1]) / 2
        return _viewed(picture, box, middle, scale, random, tilt_deg=float(random.normal(0, 4)))

    def _close(self, random: Generator) -> Scene:
        row = int(random.choice(self._rendered if random.random() < 0.5 else self._real))
        low, high = self._faces.points[row].min(0), self._faces.points[row].max(0)
        side = float(random.uniform(45, LARGEST_PX))
        box = np.concatenate([low, high - low])
        scale = side / float(box[2:].max())
        tilt = float(random.normal(0, 12))
        return _viewed(self._faces.chips[row], box, (low + high) / 2, scale, random, tilt_deg=tilt)

    def _pasted(self, random: Generator) -> Scene:
        scene = self._empty(random, plain=True)
        row = int(random.choice(self._real if random.random() < 0.75 else self._rendered))
        faces = self._faces
        points = faces.points[row]
        side = float(np.exp(random.uniform(np.log(SMALLEST_PX), np.log(75))))
        return _paste(scene.image, faces.chips[row], points, side, random)

    def _empty(self, random: Generator, *, plain: bool = False) -> Scene:
        picture = self._backgrounds[int(random.integers(len(self._backgrounds)))]
        height, width = picture.shape
        side = float(random.uniform(0.5, 1.0)) * min(height / HEIGHT_PX, width / WIDTH_PX)
        tall, wide = int(side * HEIGHT_PX), int(side * WIDTH_PX)
        top, left = int(random.integers(height - tall + 1)), int(random.integers(width - wide + 1))
        part = picture[top : top + tall, left : left + wide]
        image = np.asarray(cv2.resize(part, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA), np.uint8)
        if plain:
            return Scene(image, NO_BOX)
        for _ in range(int(random.integers(4))):  # seams and patches are not what makes a face
            kind = random.random()
            if kind < 0.25:
                chip = shuffled(self._faces.chips[int(random.choice(self._real))], random)
                corners = np.array([[0.0, 0.0], [1.0, 1.0]]) * chip.shape[0]
                image = _paste(image, chip, corners, float(random.uniform(20, 80)), random).image
            elif kind < 0.5 and len(self._behind):
                row = int(random.choice(self._behind))
                chip = self._faces.chips[row]
                middle = np.array([[0.28, 0.28], [0.72, 0.72]]) * chip.shape[0]
                image = _paste(image, chip, middle, float(random.uniform(20, 80)), random).image
            else:
                image, _ = covers.cover_part(image, random)
        return Scene(image, NO_BOX)


def _viewed(
    picture: Picture, box: Floats, middle: Floats, scale: float, random: Generator, *, tilt_deg: float
) -> Scene:
    """Show a picture enlarged and tilted, with `middle` somewhere in the view."""
    shape = np.array([WIDTH_PX, HEIGHT_PX], np.float32)
    size = box[2:] * scale if np.isfinite(box).all() else np.array([30.0, 30.0])
    room = np.maximum(shape - 0.8 * size, 4.0)
    target = shape / 2 + random.uniform(-0.5, 0.5, 2) * room
    turn = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), -tilt_deg, scale)
    turn[:, 2] = turn[:, 2] + (target - middle)
    shrunk = cv2.GaussianBlur(picture, (0, 0), 0.35 / scale) if scale < 0.8 else picture
    image = cv2.warpAffine(shrunk, turn, (WIDTH_PX, HEIGHT_PX), borderMode=cv2.BORDER_REPLICATE)
    if not np.isfinite(box).all():
        return Scene(np.asarray(image, np.uint8), NO_BOX)
    return Scene(np.asarray(image, np.uint8), np.concatenate([target - size / 2, size]).astype(np.float32))


def _paste(image: Picture, chip: Picture, points: Floats, side: float, random: Generator) -> Scene:
    """Put the face of a chip, with some of what is round it, on a picture."""
    low, high = points.min(0), points.max(0)
    scale = side / float((high - low).max())
    target = random.uniform(0.06, 0.94, 2) * (WIDTH_PX, HEIGHT_PX)
    turn = cv2.getRotationMatrix2D(
        (float((low + high)[0] / 2), float((low + high)[1] / 2)), float(random.normal(0, 12)), scale
    )
    turn[:, 2] += target - (low + high) / 2
    shown = np.zeros(chip.shape, np.uint8)
    left, top = low - (high - low) * random.uniform(0.08, 0.5, 2)
    right, bottom = high + (high - low) * random.uniform(0.04, 0.4, 2)
    if random.random() < 0.5:
        cv2.rectangle(shown, (int(left), int(top)), (int(right), int(bottom)), 255, -1)
    else:
        middle = (int((left + right) / 2), int((top + bottom) / 2))
        axes = (int((right - left) * 0.62), int((bottom - top) * 0.62))
        cv2.ellipse(shown, middle, axes, 0, 0, 360, 255, -1)
    soft = cv2.GaussianBlur(shown, (0, 0), float(random.uniform(0.5, 6)))
    shrunk = cv2.GaussianBlur(chip, (0, 0), 0.35 / scale) if scale < 0.8 else chip
    size = (WIDTH_PX, HEIGHT_PX)
    face = cv2.warpAffine(shrunk, turn, size, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    opacity = cv2.warpAffine(soft, turn, size).astype(np.float32) / 255
    placed = points @ turn[:, :2].T + turn[:, 2]
    start, end = placed.min(0), placed.max(0)
    mixed = np.clip(image * (1 - opacity) + face * opacity, 0, 255).astype(np.uint8)
    return Scene(mixed, np.concatenate([start, end - start]).astype(np.float32))


def _inside(opacity: Floats, box: Floats) -> float:
    x, y, width, height = box
    part = opacity[max(int(y), 0) : max(int(y + height), 1), max(int(x), 0) : max(int(x + width), 1)]
    return float(part.mean()) if part.size else 1.0


def _lit(image: Picture, random: Generator) -> Picture:
    image = light.expose(image, random)
    if random.random() < 0.3:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), float(random.uniform(0.3, 0.9))), np.uint8)
    return light.sense(image, random)
