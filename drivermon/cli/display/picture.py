"""A picture drawn with half-block characters, two pixels a character; shades of text without colour."""

from functools import lru_cache
from itertools import groupby

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from drivermon.messages import Box

_SHADES = " .:-=+*#%@"
_STEP = 8  # colours are drawn in steps, so that few different styles are made
MEASURED_BGR = (96, 224, 96)
COASTED_BGR = (150, 150, 150)


def fitted(width_px: int, height_px: int, columns: int, rows: int) -> tuple[int, int]:
    """Return columns and rows of a picture drawn as large as fits with its own proportions."""
    scale = min(columns / width_px, 2 * rows / height_px)
    return max(1, round(width_px * scale)), max(1, round(height_px * scale / 2))


class PictureView:
    """A Rich renderable of one picture, `columns` wide and `rows` high.

    Args:
        image: uint8 gray (H, W) or BGR (H, W, 3).
        columns: characters across.
        rows: characters down; each shows two pixels.
        face: box of a face measured in this picture, in its pixels.
        track: box of a face that is only assumed.

    """

    def __init__(
        self,
        image: NDArray[np.uint8],
        columns: int,
        rows: int,
        face: Box | None = None,
        track: Box | None = None,
    ) -> None:
        self._columns = columns
        self._pixels = _reduced(image, columns, 2 * rows)
        ratio = (columns / image.shape[1], 2 * rows / image.shape[0])
        for box, color in ((face, MEASURED_BGR), (track, COASTED_BGR)):
            if box is not None:
                _draw_box(self._pixels, box, ratio, color)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Say that the width is fixed."""
        return Measurement(self._columns, self._columns)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the segments, line by line."""
        rows = _shaded(self._pixels) if console.color_system is None else _blocks(self._pixels)
        for row in rows:
            yield from row
            yield Segment.line()


def _reduced(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return np.array(small if small.ndim == 3 else cv2.cvtColor(small, cv2.COLOR_GRAY2BGR), np.uint8)


def _draw_box(
    pixels: NDArray[np.uint8], box: Box, ratio: tuple[float, float], color: tuple[int, int, int]
) -> None:
    x, y, width, height = box
    corner = (round(x * ratio[0]), round(y * ratio[1]))
    opposite = (round((x + width) * ratio[0]) - 1, round((y + height) * ratio[1]) - 1)
    cv2.rectangle(pixels, corner, opposite, color)


def _blocks(pixels: NDArray[np.uint8]) -> list[list[Segment]]:
    stepped = np.minimum(pixels // _STEP * _STEP + _STEP // 2, 255).astype(np.uint32)
    packed = stepped[:, :, 2] << 16 | stepped[:, :, 1] << 8 | stepped[:, :, 0]
    rows = []
    for upper, lower in zip(packed[::2].tolist(), packed[1::2].tolist(), strict=True):
        pairs = groupby(zip(upper, lower, strict=True))
        rows.append([Segment("▀" * len(list(run)), _style(*pair)) for pair, run in pairs])
    return rows


def _shaded(pixels: NDArray[np.uint8]) -> list[list[Segment]]:
    gray = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).reshape(-1, 2, pixels.shape[1]).mean(1)
    shade = (gray * len(_SHADES) / 256).astype(int)
    return [[Segment("".join(_SHADES[i] for i in row))] for row in shade.tolist()]


@lru_cache(maxsize=65536)
def _style(upper: int, lower: int) -> Style:
    return Style(color=_color(upper), bgcolor=_color(lower))


@lru_cache(maxsize=32768)
def _color(rgb: int) -> Color:
    return Color.from_rgb(rgb >> 16, rgb >> 8 & 255, rgb & 255)
