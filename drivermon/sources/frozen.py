"""A picture that stands still to the last bit comes from a frozen camera, not from a still driver."""

from collections.abc import Iterator

import numpy as np

from drivermon.events import Frame, Gap, GapCause
from drivermon.messages import Event


def with_frozen(events: Iterator[Event], after_s: float) -> Iterator[Event]:
    """Yield `events`; while pictures have been bit-identical for `after_s` seconds, a gap after each.

    Sensor noise makes any two pictures of a working camera differ. The frames themselves still
    come; the `Gap` (frozen) right after one has the same time and says that it shows nothing new.
    """
    last: Frame | None = None
    still_since = 0.0
    for event in events:
        yield event
        if not isinstance(event, Frame):
            continue
        if last is None or not np.array_equal(event.image, last.image):
            still_since = event.t
        elif event.t - still_since >= after_s:
            yield Gap(event.t, GapCause.FROZEN)
        last = event
