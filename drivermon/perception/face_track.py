"""Which face is the driver's: chosen once, confirmed, followed, coasted, and only then given up.

All rules run on capture time, so they hold from 5 to 60 frames a second and through dropped frames.
"""

import math
from dataclasses import dataclass

from drivermon.perception.box import Box, iou
from drivermon.perception.detector import Detection

CONFIRM_WITHIN_S = 0.6
"""A new face becomes the driver when it is measured in a second frame within this time; a false
positive of one frame never does."""

STICKY_S = 2.0
"""So long after it was last measured the driver's face is looked for near its place first, with the
lower score that does there, and no other face is taken: a passenger who stays in view while the
driver bends down does not become the driver."""

UNFITTED_S = 3.0
"""So long a face is followed on the detector's word alone; then landmarks must have fitted it, or
a headrest could pass for the driver who has left it."""

SEARCH_EVERY_S = 0.1
"""The whole picture is searched no more often than this while nobody is there to be confirmed."""

STEP_SIDES, SPEED_SIDES_S, REACH_SIDES = 0.35, 3.0, 1.0
"""How far the driver's face may have moved, in its own sides: at once (the detector's own jitter),
for each second since it was last measured (half a metre a second), and at most."""

STEP_RATIO, SPEED_RATIO_S, REACH_RATIO = 1.4, 1.5, 2.0
"""By which factor it may have grown or shrunk: at once, more for each second, and at most."""

SAME_IOU = 0.3
"""Overlap from which on two detections of different frames are the same new face."""

SeatRegion = tuple[float, float, float, float]
"""x, y, width, height as shares of the picture."""


@dataclass(frozen=True, slots=True)
class _Sighting:
    box: Box
    t: float


class FaceTrack:
    """The driver's face over time; not measured here, only chosen.

    Call `near` before the detector, then `follow` or `acquire` with what it found, then read
    `coasted`. Times must not run backward; `reset` starts anew.
    """

    def __init__(self, coast_s: float = 0.5, seat_region: SeatRegion = (0.0, 0.0, 1.0, 1.0)) -> None:
        """Take the limits.

        Args:
            coast_s: how long a face that is no longer measured is reported as a track.
            seat_region: where the centre of the driver's face may be when it is acquired.

        """
        self._coast_s = coast_s
        self._seat_region = seat_region
        self.reset()

    def reset(self) -> None:
        """Forget the driver: the next face must be confirmed anew."""
        self._driver: _Sighting | None = None
        self._fitted_at = -math.inf
        self._new: list[_Sighting] = []
        self._searched_at = -math.inf

    def near(self, t: float) -> Box | None:
        """Return where to look for the driver first, or `None` when there is none to follow."""
        if self._driver is not None and (t - self._driver.t > STICKY_S or t - self._fitted_at > UNFITTED_S):
            self._driver = None
        return None if self._driver is None else self._driver.box

    def follow(self, t: float, found: list[Detection]) -> Detection | None:
        """Return the driver's face among those found near it: the one that moved least."""
        driver = self._driver
        if driver is None:
            return None
        candidates = [face for face in found if _reachable(driver, face.box, t)]
        if not candidates:
            return None
        face = min(candidates, key=lambda face: math.dist(face.box.center, driver.box.center))
        self._driver = _Sighting(face.box, t)
        self._new = []
        return face

    def fitted(self, t: float) -> None:
        """Note that landmarks fit the driver's face."""
        self._fitted_at = t

    def search_due(self, t: float) -> bool:
        """Say whether the whole picture should be searched now."""
        due = bool(self._new) or t - self._searched_at >= SEARCH_EVERY_S
        if due:
            self._searched_at = t
        return due

    def acquire(self, t: float, found: list[Detection], image_shape: tuple[int, ...]) -> Detection | None:
        """Return the new driver: the largest face that was already there a moment ago.

        While the last driver may still be back, only a face at that place counts. `found` are
        faces that landmarks fit.
        """
        self._new = [seen for seen in self._new if t - seen.t <= CONFIRM_WITHIN_S]
        inside = [face for face in found if self._may_be_driver(face.box, t, image_shape)]
        confirmed = [
            face
            for face in inside
            if any(seen.t < t and iou(seen.box, face.box) >= SAME_IOU for seen in self._new)
        ]
        if confirmed:
            face = max(confirmed, key=lambda face: face.box.side)
            self._driver = _Sighting(face.box, t)
            self._fitted_at = t
            self._new = []
            return face
        self._new += [_Sighting(face.box, t) for face in inside]
        return None

    def coasted(self, t: float) -> Box | None:
        """Return where the face is assumed that was not measured at `t`, `None` when it is long gone."""
        driver = self._driver
        return driver.box if driver is not None and 0.0 < t - driver.t <= self._coast_s else None

    def _seen_before(self, box: Box, t: float) -> bool:
        return any(seen.t < t and iou(seen.box, box) >= SAME_IOU for seen in self._new)

    def _may_be_driver(self, box: Box, t: float, image_shape: tuple[int, ...]) -> bool:
        if self._driver is not None and not _reachable(self._driver, box, t):
            return False
        height, width = image_shape[:2]
        x, y, region_width, region_height = self._seat_region
        center_x, center_y = box.center
        return x <= center_x / width <= x + region_width and y <= center_y / height <= y + region_height


def _reachable(last: _Sighting, box: Box, t: float) -> bool:
    """Say whether the face `last` can have come to `box` by `t`."""
    since_s = max(0.0, t - last.t)
    reach = min(REACH_SIDES, STEP_SIDES + SPEED_SIDES_S * since_s) * last.box.side
    ratio = min(REACH_RATIO, STEP_RATIO + SPEED_RATIO_S * since_s)
    grown = box.side / max(last.box.side, 1e-9)
    return math.dist(box.center, last.box.center) <= reach and 1.0 / ratio <= grown <= ratio
