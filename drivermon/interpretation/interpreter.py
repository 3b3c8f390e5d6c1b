"""The whole meaning of a drive so far, stepped once per event."""

from dataclasses import dataclass
from typing import Any

from drivermon.config import Settings
from drivermon.events import Gap, VehicleSignal
from drivermon.interpretation.emotion import EmotionFilter
from drivermon.interpretation.presence import Presence
from drivermon.interpretation.view import View
from drivermon.memory import STRICT, Remembering, State, part
from drivermon.messages import DriverState, Observation, Probabilities


@dataclass(slots=True)
class _Memory:
    """What was last seen and reported; an unknown speed is `None`."""

    __pydantic_config__ = STRICT
    seen: bool = False
    speed_kmh: float | None = None


class Interpreter(Remembering[_Memory]):
    """Turns observations, gaps and vehicle signals, in order of time, into `DriverState`."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(_Memory())
        self._emotion = EmotionFilter(settings.emotion)
        self._view = View(settings.quality)
        self._presence = Presence()
        self._parts: dict[str, Remembering[Any]] = {
            "emotion": self._emotion,
            "view": self._view,
            "presence": self._presence,
        }

    def state(self) -> State:
        """Return what all parts remember."""
        return {"last": super().state(), **{name: one.state() for name, one in self._parts.items()}}

    def restore(self, state: Any) -> None:
        """Take up what `state` returned.

        Raises:
            RestoreError: it is not one of this version; some parts may have been restored.

        """
        super().restore(part(state, "last"))
        for name, one in self._parts.items():
            one.restore(part(state, name))

    def step(self, event: Observation | Gap | VehicleSignal) -> DriverState:
        """Take in one event and return the state at its time, without alerts."""
        t = event.t
        face = None
        if isinstance(event, VehicleSignal):
            self._note(event)
            view = self._view.step(None, t)
        else:
            view = self._view.step(event, t)
            face = event.face if isinstance(event, Observation) else None
            self._memory.seen = face is not None
        presence = self._presence.step(t, seen=self._memory.seen, view_good=view.cause is None)
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
            speed_kmh=self._memory.speed_kmh,
        )

    def _note(self, signal: VehicleSignal) -> None:
        if signal.name == "speed":
            numeric = isinstance(signal.value, int | float) and not isinstance(signal.value, bool)
            self._memory.speed_kmh = float(signal.value) if numeric else None  # type: ignore[arg-type]
