"""Shares and rates with what they are worth: intervals, never bare numbers."""

import math
from collections.abc import Sequence

import numpy as np

Z_95 = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""

ROUNDS = 2000
"""Of the bootstrap: its own scatter is then well under that of the drives."""

_ENOUGH = 1e-9


def wilson(hits: int, total: int) -> tuple[float, float] | None:
    """Return the 95 % interval of a share (Wilson 1927), or `None` without a trial.

    Raises:
        ValueError: not 0 <= hits <= total.

    """
    if not 0 <= hits <= total:
        raise ValueError(f"{hits} of {total} is no share")
    if total == 0:
        return None
    share, square = hits / total, Z_95 * Z_95
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = Z_95 / (1 + square / total) * math.sqrt(share * (1 - share) / total + square / (4 * total**2))
    low = 0.0 if hits == 0 else middle - half
    high = 1.0 if hits == total else middle + half
    return low, high


def poisson_upper(count: int, level: float = 0.95) -> float:
    """Return the largest expected number that still gives `count` or fewer with 1 - `level`.

    The exact one-sided bound (Garwood 1936): 3.0 for none seen, 4.74 for one.
    """
    low, high = float(count), count + 10.0 + 5.0 * math.sqrt(count + 1.0)
    while high - low > _ENOUGH * high:
        middle = (low + high) / 2
        if _at_most(count, middle) > 1.0 - level:
            low = middle
        else:
            high = middle
    return high


def _at_most(count: int, mean: float) -> float:
    """Probability of `count` or fewer under a Poisson distribution; by logarithms, for large counts."""
    return sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1))


def by_recording(hits: Sequence[int], totals: Sequence[int], seed: int = 0) -> tuple[float, float] | None:
    """Return the 95 % bootstrap interval of a share, whole recordings drawn again, never events or frames.

    Args:
        hits, totals: of each recording, the same length; recordings without a trial are left out.
        seed: of the draws.

    Returns:
        The interval; `None` for fewer than two recordings with a trial, which tell nothing about others.

    """
    pairs = np.array([pair for pair in zip(hits, totals, strict=True) if pair[1] > 0], dtype=np.int64)
    if len(pairs) < 2:
        return None
    drawn = np.random.default_rng(seed).integers(0, len(pairs), (ROUNDS, len(pairs)))
    sums = pairs[drawn].sum(axis=1)
    low, high = np.quantile(sums[:, 0] / sums[:, 1], [0.025, 0.975])
    return float(low), float(high)
