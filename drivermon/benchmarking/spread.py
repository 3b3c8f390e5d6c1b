"""Many durations in five numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Spread:
    """Of `count` durations, in milliseconds."""

    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


def spread(durations_s: Sequence[float]) -> Spread:
    """Return percentiles of durations in seconds; at least one."""
    p50, p95, p99, longest = np.percentile(durations_s, (50, 95, 99, 100)) * 1000
    return Spread(len(durations_s), float(p50), float(p95), float(p99), float(longest))
