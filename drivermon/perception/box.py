"""Boxes round faces."""

import math
from typing import NamedTuple


class Box(NamedTuple):
    """x, y of the upper left corner, width, height, in pixels of the picture."""

    x: float
    y: float
    width: float
    height: float

    @property
    def center(self) -> tuple[float, float]:
        """x, y of the middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def side(self) -> float:
        """Side of the square with the same area."""
        return math.sqrt(max(0.0, self.width * self.height))

    def scaled(self, scale: float) -> "Box":
        """Return the box in a picture enlarged by `scale`."""
        return Box(*(value * scale for value in self))

    def shifted(self, x: float, y: float) -> "Box":
        """Return the box moved by `x` and `y`."""
        return Box(self.x + x, self.y + y, self.width, self.height)

    def grown(self, factor: float) -> "Box":
        """Return the box with the same centre and sides times `factor`."""
        center_x, center_y = self.center
        width, height = self.width * factor, self.height * factor
        return Box(center_x - width / 2, center_y - height / 2, width, height)

    def disturbed(self, across: float, down: float, factor: float) -> "Box":
        """Return the box moved by shares of its side and then grown by `factor`."""
        return self.shifted(across * self.side, down * self.side).grown(factor)

    def pixels(self, image_shape: tuple[int, ...]) -> tuple[slice, slice]:
        """Return rows and columns of the box inside a picture of `image_shape`; at least one pixel."""
        height, width = image_shape[:2]
        left = min(max(0, math.floor(self.x)), width - 1)
        top = min(max(0, math.floor(self.y)), height - 1)
        right = min(max(left + 1, math.ceil(self.x + self.width)), width)
        bottom = min(max(top + 1, math.ceil(self.y + self.height)), height)
        return slice(top, bottom), slice(left, right)


def iou(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    common = _common(one, other)
    return common / (one.width * one.height + other.width * other.height - common) if common else 0.0


def shared_part(one: Box, other: Box) -> float:
    """Intersection of two boxes over the area of the smaller one, 0 to 1."""
    common = _common(one, other)
    return common / min(one.width * one.height, other.width * other.height) if common else 0.0


def _common(one: Box, other: Box) -> float:
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return across * down if across > 0 and down > 0 else 0.0
