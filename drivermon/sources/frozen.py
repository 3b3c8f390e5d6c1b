"""A picture that stands still to the last bit comes from a frozen camera, not from a still driver."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from drivermon.events import Frame, Gap, GapCause
from drivermon.messages import Event


def with_frozen(events: Iterator[Event], after_s: float, keep: bool = True) -> Iterator[Event]:
    """Yield `events`; while pictures have been bit-identical for `after_s` seconds, a gap after each.

    Sensor noise makes any two pictures of a working camera differ. The frames themselves still
    come; the `Gap` (frozen) right after one has the same time and says that it shows nothing new.
    Where `keep` is false, as for a live source, the gap comes in place of the frame.
    """
    last: Frame | None = None
    still_since = 0.0
    for event in events:
        if not isinstance(event, Frame):
            yield event
            continue
        if last is None or not _same(event.image, last.image):
            still_since = event.t
        frozen = event.t - still_since >= after_s
        if keep or not frozen:
            yield event
        if frozen:
            yield Gap(event.t, GapCause.FROZEN)
        last = event


def _same(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    """Compare row by row: in pictures of a camera that works the first one differs."""
    return one.shape == other.shape and all(map(np.array_equal, one, other))
