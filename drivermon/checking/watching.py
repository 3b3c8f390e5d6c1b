"""Watches the source of the settings for a moment, as the daemon would."""

import time
from dataclasses import dataclass, field
from typing import Final

import cv2

from drivermon.checking.camera import Camera, Captured, Kind, device_of, gather_device
from drivermon.checking.logged import collected
from drivermon.checking.scene import Scene, Seen
from drivermon.config import Settings
from drivermon.errors import DrivermonError, InstallationError, NetworkError
from drivermon.events import Frame, Gap, GapCause
from drivermon.messages import Health
from drivermon.perception.perceiver import Perceiver
from drivermon.perception.quality import measure_quality
from drivermon.sources import Source, open_source
from drivermon.sources.opening import without_secrets

FIRST_WITHIN_S: Final = 7.0
"""For the first picture; a stream may take five seconds to connect."""

WATCH_S: Final = 2.0
"""After the first picture, or of a recording's own time."""

BURST_S: Final = 0.5
"""After the first picture: a stream gives what it has kept, all at once, which is not its rate."""


@dataclass(slots=True)
class _Notes:
    seen: list[Seen] = field(default_factory=list)
    size: tuple[int, int] | None = None
    steady: list[tuple[float, int]] = field(default_factory=list)
    frozen: bool = False

    def fps(self) -> float | None:
        """Return the pictures a second, by their running numbers; some may have been left out."""
        if len(self.steady) < 2:
            return None
        (begun, first), (ended, last) = self.steady[0], self.steady[-1]
        return (last - first) / (ended - begun) if ended > begun else None


def gather_source(settings: Settings, held_by: Health | None) -> tuple[Camera, Scene]:
    """Watch the source of the settings.

    Args:
        settings: the configuration.
        held_by: health of the daemon that has the camera already.

    """
    uri = settings.camera.source
    name = without_secrets(uri)
    path = device_of(uri)
    device = None if path is None else gather_device(path)
    watched = device is None or (device.is_camera and device.usable and held_by is None)
    if not watched:
        held = held_by if device is not None and device.usable else None
        return Camera(name, "device", None, device, None, held), Scene(None, (), None)
    try:
        source = open_source(uri, settings)
    except DrivermonError as error:
        return Camera(name, None, str(error), device, None, None), Scene(None, (), None)
    kind: Kind = "device" if device is not None else "stream"
    if source.clock == "media":
        kind = "recording"
    perceiver, unseen = _open_perceiver(settings)
    notes, broken_off = _Notes(), None
    with source, collected("drivermon.sources") as reasons:
        try:
            _watch(source, perceiver, notes)
        except DrivermonError as broken:
            broken_off = str(broken)
    captured = Captured(len(notes.seen), notes.size, notes.fps(), notes.frozen, tuple(reasons))
    return Camera(name, kind, broken_off, device, captured, None), Scene(
        notes.size, tuple(notes.seen), unseen
    )


def _watch(source: Source, perceiver: Perceiver | None, notes: _Notes) -> None:
    deadline = time.monotonic() + FIRST_WITHIN_S
    first: float | None = None
    for event in source.events():
        if isinstance(event, Frame):
            first = event.t if first is None else first
            if event.t - first > WATCH_S:
                return
            _note(event, event.t - first, perceiver, notes)
        elif isinstance(event, Gap):
            notes.frozen |= event.cause is GapCause.FROZEN
        if time.monotonic() > deadline + (0.0 if first is None else WATCH_S):
            return


def _note(frame: Frame, since_s: float, perceiver: Perceiver | None, notes: _Notes) -> None:
    height, width = frame.image.shape[:2]
    notes.size = (width, height)
    if since_s >= BURST_S:
        notes.steady.append((frame.t, frame.index))
    if perceiver is None:
        notes.seen.append(Seen(measure_quality(frame.image), None))
        return
    perception = perceiver.perceive(frame)
    notes.seen.append(Seen(perception.picture, None if perception.face is None else perception.face.box))


def _open_perceiver(settings: Settings) -> tuple[Perceiver | None, str | None]:
    cv2.setNumThreads(1)
    try:
        return Perceiver(settings, None), None
    except (InstallationError, NetworkError) as error:
        return None, f"no face can be looked for: {error}".partition(";")[0]
