"""Where in the atlas the pieces beside the head find their colour."""

from dataclasses import dataclass

import numpy as np

from drivermon.simulation.arrays import FloatArray

ATLAS_WIDTH, ATLAS_HEIGHT = 1024, 812


@dataclass(frozen=True, slots=True)
class Swatch:
    """A rectangle of the atlas, texels."""

    x: int
    y: int
    width: int
    height: int

    def coordinates(self, along: FloatArray, across: FloatArray) -> FloatArray:
        """(N, 2) atlas coordinates; `along` 0 to 1 goes with x, as strands of hair do, `across` with y."""
        x = self.x + 2 + along * (self.width - 4)
        y = self.y + 2 + across * (self.height - 4)
        return np.stack([x / ATLAS_WIDTH, y / ATLAS_HEIGHT], 1).astype(np.float32)

    @property
    def rows(self) -> slice:
        """Rows of the atlas."""
        return slice(self.y, self.y + self.height)

    @property
    def columns(self) -> slice:
        """Columns of the atlas."""
        return slice(self.x, self.x + self.width)


HAIR = Swatch(440, 400, 240, 400)
CAP = Swatch(690, 400, 160, 120)
MASK = Swatch(860, 400, 160, 120)
HAND = Swatch(690, 530, 200, 200)
FRAME = Swatch(900, 530, 20, 20)
SLEEVE = Swatch(900, 560, 80, 80)
