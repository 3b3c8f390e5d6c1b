"""The whole meaning of a drive so far, stepped once per event."""

from dataclasses import dataclass

from drivermon.config import Settings
from drivermon.events import Gap, VehicleSignal
from drivermon.interpretation.emotion import EmotionFilter
from drivermon.interpretation.presence import Presence
from drivermon.interpretation.view import View
from drivermon.messages import DriverState, Observation, Probabilities


@dataclass(slots=True)
class _Vehicle:
    """What the vehicle last reported; `None` is unknown."""

    speed_kmh: float | None = None

    def step(self, signal: VehicleSignal) -> None:
        if signal.name == "speed":
            numeric = isinstance(signal.value, int | float) and not isinstance(signal.value, bool)
            self.speed_kmh = float(signal.value) if numeric else None  # type: ignore[arg-type]


class Interpreter:
    """Turns observations, gaps and vehicle signals, in order of time, into `DriverState`."""

    def __init__(self, settings: Settings) -> None:
        self._emotion = EmotionFilter(settings.emotion)
        self._view = View(settings.quality)
        self._presence = Presence()
        self._vehicle = _Vehicle()
        self._seen = False

    def step(self, event: Observation | Gap | VehicleSignal) -> DriverState:
        """Take in one event and return the state at its time, without alerts."""
        t = event.t
        face = None
        if isinstance(event, VehicleSignal):
            self._vehicle.step(event)
            view = self._view.step(None, t)
        else:
            view = self._view.step(event, t)
            face = event.face if isinstance(event, Observation) else None
            self._seen = face is not None
        presence = self._presence.step(t, seen=self._seen, view_good=view.cause is None)
        emotion = self._emotion.step(t, face.probabilities if face else None)
        smoothed = emotion.probabilities
        return DriverState(
            t=t,
            emotion=emotion.emotion,
            probabilities=Probabilities.from_vector(list(smoothed)) if smoothed else None,
            emotion_s=t - emotion.since if emotion.since is not None else 0.0,
            seen=presence.seen,
            not_seen_s=presence.not_seen_s,
            degraded=view.cause,
            degraded_s=t - view.good_t,
            speed_kmh=self._vehicle.speed_kmh,
        )
