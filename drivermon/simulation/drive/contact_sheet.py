"""A drive on one page: about twenty moments, each with its time and what happens."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.simulation.drive.timeline import Timeline
from drivermon.simulation.script.model import Step

Image = NDArray[np.uint8]

COLUMNS, ROWS = 5, 4
TILE_WIDTH = 320
CAPTION_PX = 46
MARGIN_PX = 10
HEADER_PX = 64
NEAR_S = 0.3
"""A moment without a frame this near stays dark: the camera had none."""

QUIET_S = 1.0

PAPER, INK, FAINT, DARK = (250, 250, 248), (40, 36, 32), (110, 104, 98), (34, 32, 30)


@dataclass(slots=True)
class _Tile:
    t: float
    caption: str
    image: Image | None = None
    image_t: float = float("inf")


class ContactSheet:
    """Takes the frames of a drive as they come and keeps the nearest one to each moment."""

    def __init__(self, timeline: Timeline) -> None:
        """Choose the moments: the middle of what the script says, and quiet ones between."""
        self._script = timeline.script
        self._tiles = [_Tile(t, ", ".join(timeline.doing(t)) or "drives") for t in moments(timeline)]

    def add(self, image: Image, t: float) -> None:
        """Show a gray or BGR frame at `t` seconds."""
        for tile in self._tiles:
            if abs(t - tile.t) < min(abs(tile.image_t - tile.t), NEAR_S):
                tile.image, tile.image_t = image, t

    def draw(self) -> Image:
        """Return the page, uint8 BGR."""
        camera = self._script.camera
        tile_height = round(TILE_WIDTH * camera.height / camera.width)
        step_x, step_y = TILE_WIDTH + MARGIN_PX, tile_height + CAPTION_PX + MARGIN_PX
        rows = -(-len(self._tiles) // COLUMNS)
        page = np.full(
            (HEADER_PX + rows * step_y + MARGIN_PX, COLUMNS * step_x + MARGIN_PX, 3), PAPER, np.uint8
        )
        title = f"{self._script.name}: {self._script.title}" if self._script.title else self._script.name
        _write(page, title, (MARGIN_PX, 42), 0.85, INK)
        for k, tile in enumerate(self._tiles):
            x, y = MARGIN_PX + k % COLUMNS * step_x, HEADER_PX + k // COLUMNS * step_y
            page[y : y + tile_height, x : x + TILE_WIDTH] = _fitted(tile.image, tile_height)
            _write(page, f"{tile.t:.1f} s", (x + 1, y + tile_height + 19), 0.5, INK)
            _write(page, _shortened(tile.caption, 40), (x + 1, y + tile_height + 38), 0.45, FAINT)
        return page


def moments(timeline: Timeline) -> list[float]:
    """Return up to `COLUMNS` x `ROWS` times, ascending: the steps' middles, then the widest gaps' middles."""
    script = timeline.script
    wanted = COLUMNS * ROWS
    steps = sorted({_middle(step, script.length_s) for step in script.steps if not step.action.releases})
    if len(steps) > wanted:
        picks = np.linspace(0, len(steps) - 1, wanted).round().astype(int)
        return [steps[k] for k in picks]
    first = min(0.5, script.length_s / 4)
    times = sorted({first, *steps})
    while len(times) < wanted:
        ends = [*times, script.length_s]
        widths = [after - before for before, after in pairwise(ends)]
        widest = widths.index(max(widths))
        if widths[widest] < QUIET_S:
            break
        times.insert(widest + 1, ends[widest] + widths[widest] / 2)
    return times[:wanted]


def _middle(step: Step, length_s: float) -> float:
    lasts_s = min(step.end_s, length_s) - step.start_s
    return step.start_s + min(lasts_s / 2, 2.0)


def _fitted(image: Image | None, height: int) -> Image:
    if image is None:
        tile = np.full((height, TILE_WIDTH, 3), DARK, np.uint8)
        _write(tile, "no picture", (TILE_WIDTH // 2 - 42, height // 2 + 5), 0.5, FAINT)
        return tile
    colour = image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    return np.asarray(cv2.resize(colour, (TILE_WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3].rstrip(" ,") + "..."


def _write(page: Image, text: str, at: tuple[int, int], size: float, colour: tuple[int, int, int]) -> None:
    plain = text.encode("ascii", "replace").decode()  # the fonts of OpenCV have no other letters
    cv2.putText(page, plain, at, cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)
