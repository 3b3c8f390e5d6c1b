"""A quantile of hours of measurements in little memory: a histogram of seconds."""

import math
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from drivermon.memory import STRICT

BINS = 128
FULL_S = 600.0
"""Seconds after which the past counts half: a driver who sits up is followed within minutes."""

Cells = Annotated[list[float], Field(min_length=BINS, max_length=BINS)]


@dataclass(slots=True)
class Histogram:
    """Seconds spent at each of `BINS` values of a range that the owner keeps to."""

    __pydantic_config__ = STRICT
    cells: Cells = field(default_factory=lambda: [0.0] * BINS)
    total_s: float = 0.0

    def add(self, share: float, seconds: float) -> None:
        """Add time at `share` of the range; beyond its ends it counts at them."""
        self.cells[min(BINS - 1, max(0, math.floor(share * BINS)))] += seconds
        self.total_s += seconds
        if self.total_s > FULL_S:
            self.cells = [cell / 2 for cell in self.cells]
            self.total_s /= 2

    def quantile(self, share: float) -> float | None:
        """Return the place in the range (0 to 1) below which `share` of the time lies; `None` while empty."""
        if self.total_s <= 0.0:
            return None
        wanted = share * sum(self.cells)
        below = 0.0
        for index, cell in enumerate(self.cells):
            if cell > 0.0 and below + cell >= wanted:
                return (index + (wanted - below) / cell) / BINS
            below += cell
        return 1.0
