"""Some of many, drawn by a seed."""

import numpy as np
from numpy.typing import NDArray


def drawn_rows(total: int, most: int, seed: int = 0) -> NDArray[np.intp]:
    """Return at most `most` of `total` rows, ascending; the same seed draws the same."""
    return np.sort(np.random.default_rng(seed).permutation(total)[:most])
