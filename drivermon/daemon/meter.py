"""What Health says of the last second: rate, latencies, drops, and whether the monitor keeps up."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from drivermon.events import Gap, GapCause
from drivermon.messages import Event, LatencyPercentiles

LAGGING_SHARE: Final = 0.1
"""Of the pictures that come in: when more are dropped, they come faster than they are judged."""

SILENT_S: Final = 1.0
"""A source says something at least every 0.5 s; one that has not for so long is hung."""

CameraState = Literal["ok"] | GapCause


@dataclass(frozen=True, slots=True)
class Reading:
    """Of the time since the reading before; `latency` is `None` while no picture was judged."""

    fps: float
    latency: LatencyPercentiles | None
    dropped: int
    lagging: bool
    camera: CameraState


class Meter:
    """Fed by capture and monitor, read by who supervises; for use in several threads.

    Args:
        monotonic: seconds.
        on_camera: called when the state of the camera changes, in the thread that captures.

    """

    def __init__(self, monotonic: Callable[[], float], on_camera: Callable[[], None] = lambda: None) -> None:
        self._monotonic = monotonic
        self._on_camera = on_camera
        self._lock = threading.Lock()
        self._latencies_s: list[float] = []
        self._camera: CameraState = GapCause.STARTING
        self._heard_at = self._read_at = monotonic()
        self._dropped = 0
        self._last = Reading(fps=0.0, latency=None, dropped=0, lagging=False, camera=self._camera)

    def captured(self, event: Event) -> None:
        """Note what a source has said."""
        with self._lock:
            self._heard_at = self._monotonic()
            before, self._camera = self._camera, event.cause if isinstance(event, Gap) else "ok"
            changed = self._camera != before
        if changed:
            self._on_camera()

    def judged(self, latency_s: float) -> None:
        """Note a picture whose result went out `latency_s` seconds after its capture."""
        with self._lock:
            self._latencies_s.append(latency_s)

    def read(self, dropped: int) -> Reading:
        """Return the reading since the last one; `dropped` is the number of pictures since start."""
        now = self._monotonic()
        with self._lock:
            latencies, self._latencies_s = self._latencies_s, []
            silent = now - self._heard_at > SILENT_S
            camera = GapCause.HUNG if silent else self._camera
            span_s, self._read_at = now - self._read_at, now
            new, self._dropped = dropped - self._dropped, dropped
        self._last = Reading(
            fps=round(len(latencies) / span_s, 2) if span_s > 0 else 0.0,
            latency=percentiles(latencies),
            dropped=dropped,
            lagging=new > LAGGING_SHARE * (new + len(latencies)),
            camera=camera,
        )
        return self._last

    def last(self) -> Reading:
        """Return the reading before once more, with the camera as it is now."""
        with self._lock:
            return replace(self._last, camera=self._camera)


def percentiles(latencies_s: list[float]) -> LatencyPercentiles | None:
    """Return percentiles in milliseconds of latencies in seconds, `None` of none."""
    if not latencies_s:
        return None
    p50, p95, p99 = np.percentile(latencies_s, (50, 95, 99)) * 1000
    return LatencyPercentiles(p50_ms=round(p50, 2), p95_ms=round(p95, 2), p99_ms=round(p99, 2))
