"""The whole meaning of a drive so far, stepped once per event."""

from dataclasses import dataclass
from typing import Any

from drivermon.config import Settings
from drivermon.events import Gap, VehicleSignal
from drivermon.interpretation.baseline import Baseline, Reading
from drivermon.interpretation.distraction import Distraction
from drivermon.interpretation.drowsiness import Drowsiness
from drivermon.interpretation.emotion import EmotionFilter
from drivermon.interpretation.presence import Presence, PresenceState
from drivermon.interpretation.vehicle import Vehicle
from drivermon.interpretation.view import View
from drivermon.memory import STRICT, Remembering, State, part
from drivermon.messages import DegradedCause, DriverState, Observation, Probabilities

LONGEST_SILENCE_S = 2.0
"""A source without a picture says so every 0.5 s. A longer silence is a clock that was set, or a process
that stood still: for eyes and looks it lasts no longer than this."""


@dataclass(slots=True)
class _Memory:
    """What was last seen, and the time that did not count: `skipped_s` of `t`."""

    __pydantic_config__ = STRICT
    seen: bool = False
    t: float | None = None
    skipped_s: float = 0.0


class Interpreter(Remembering[_Memory]):
    """Turns observations, gaps and vehicle signals, in order of time, into `DriverState`."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(_Memory())
        self._new_driver_s = settings.baseline.new_driver_s
        self._emotion = EmotionFilter(settings.emotion)
        self._view = View(settings.quality)
        self._presence = Presence()
        self._vehicle = Vehicle(settings.distraction)
        self._baseline = Baseline(settings.baseline, settings.distraction, settings.drowsiness.visible)
        self._drowsiness = Drowsiness(settings.drowsiness)
        self._distraction = Distraction(settings.distraction)
        self._parts: dict[str, Remembering[Any]] = {
            "emotion": self._emotion,
            "view": self._view,
            "presence": self._presence,
            "vehicle": self._vehicle,
            "baseline": self._baseline,
            "drowsiness": self._drowsiness,
            "distraction": self._distraction,
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
        t, now = event.t, self._counted(event.t)
        face = event.face if isinstance(event, Observation) else None
        driving = not (self._vehicle.standing or self._vehicle.reversing)
        reading = None if face is None else self._baseline.read(now, face, driving=driving)
        self._note_eyes(t, now, reading)
        if isinstance(event, VehicleSignal):
            self._vehicle.note(event)
            view = self._view.step(None, t)
            self._distraction.pass_time(now, self._vehicle)
        else:
            view = self._view.step(event, t)
            self._memory.seen = face is not None
            # a picture that stands still says nothing about the driver
            self._take(now, None if view.cause is DegradedCause.FROZEN else reading)
        presence = self._presence.step(t, seen=self._memory.seen, view_good=view.cause is None)
        self._expect_another(presence)
        emotion = self._emotion.step(t, face.probabilities if face else None)
        smoothed = emotion.probabilities
        drowsiness, distraction = self._drowsiness.at(now), self._distraction.at(now)
        return DriverState(
            t=t,
            emotion=emotion.emotion,
            probabilities=Probabilities.from_vector(list(smoothed)) if smoothed else None,
            emotion_s=t - emotion.since if emotion.since is not None else 0.0,
            seen=presence.seen,
            not_seen_s=presence.not_seen_s,
            degraded=view.cause,
            degraded_s=t - view.good_t,
            baseline=self._baseline.stage,
            speed_kmh=self._vehicle.speed_kmh,
            standing=self._vehicle.standing,
            eyes_usable=drowsiness.eyes_usable,
            eyes_closed_s=drowsiness.eyes_closed_s,
            perclos_60=drowsiness.perclos_60,
            perclos_180=drowsiness.perclos_180,
            yawning=drowsiness.yawning,
            yawns=drowsiness.yawns,
            recent_yawns=drowsiness.recent_yawns,
            blinks=drowsiness.blinks,
            attention=distraction.attention,
            away_s=distraction.away_s,
            glances_s=distraction.glances_s,
            buffer_s=distraction.buffer_s,
        )

    def _counted(self, t: float) -> float:
        """Return the time on which eyes and looks are judged: `t` less the silences that did not count."""
        memory = self._memory
        if memory.t is not None:
            memory.skipped_s += max(0.0, t - memory.t - LONGEST_SILENCE_S)
        memory.t = t
        return t - memory.skipped_s

    def _take(self, now: float, reading: Reading | None) -> None:
        self._drowsiness.take(now, reading)
        self._distraction.take(
            now,
            None if reading is None else reading.turn,
            self._vehicle,
            glancing=self._drowsiness.glancing,
            closed_s=self._drowsiness.closed_s(now),
        )

    def _note_eyes(self, t: float, now: float, reading: Reading | None) -> None:
        if reading is None or not reading.judged:
            return
        usable = reading.openness is not None and not self._drowsiness.doubted(now)
        if usable or reading.turn is None or reading.turn.share < 1.0:
            self._view.note_eyes(t, usable=usable)

    def _expect_another(self, presence: PresenceState) -> None:
        """Learn anew once the seat was empty for long; in a car that moves nobody changes places."""
        if presence.not_seen_s >= self._new_driver_s and self._vehicle.standing is not False:
            self._baseline.forget()
