"""The corridor itself: one event in, one result out. No clock, no I/O.

The same events give the same results, twice, at any speed.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from drivermon.alerts import AlertPolicy
from drivermon.config import Settings
from drivermon.errors import SourceError
from drivermon.events import Frame, Gap
from drivermon.interpretation import Interpreter
from drivermon.memory import STRICT, State, part, read
from drivermon.messages import Alert, Digests, DriverState, Event, Observation


class Perceives(Protocol):
    """What the corridor needs of perception: one picture in, one observation out."""

    def observe(self, frame: Frame) -> Observation:
        """Measure one frame."""

    def gap(self, gap: Gap) -> None:
        """Note that no picture came."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one event led to; `observation` is `None` for gaps and signals."""

    observation: Observation | None
    state: DriverState
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True)
class _Time:
    __pydantic_config__ = STRICT
    t: float | None


class Pipeline:
    """Perceive, interpret, decide.

    Args:
        settings: the configuration.
        digests: of the configuration and the networks, for the evidence of alerts.
        perception: measures frames; `None` for a drive of recorded observations.

    """

    def __init__(self, settings: Settings, digests: Digests, perception: Perceives | None) -> None:
        self._perception = perception
        self._interpreter = Interpreter(settings)
        self._policy = AlertPolicy(settings, digests)
        self._t: float | None = None

    def step(self, event: Event) -> Result:
        """Take in one event.

        Raises:
            SourceError: time went back, or a frame came where only observations were announced.

        """
        if self._t is not None and event.t < self._t:
            raise SourceError(f"time went back from {self._t} s to {event.t} s; sort the events by time")
        self._t = event.t
        observed = self._observe(event) if isinstance(event, Frame) else event
        if isinstance(event, Gap) and self._perception is not None:
            self._perception.gap(event)
        state = self._interpreter.step(observed)
        alerts, opened = self._policy.step(state)
        if opened:
            state = state.model_copy(update={"alerts": opened})
        return Result(observed if isinstance(observed, Observation) else None, state, alerts)

    def state(self) -> State:
        """Return everything that the next step depends on, save for the face that is followed."""
        return {"t": self._t, "interpreter": self._interpreter.state(), "alerts": self._policy.state()}

    def restore(self, state: Any) -> None:
        """Go on where another pipeline was when its `state` was taken; before the first step.

        Raises:
            RestoreError: it is not one of this version; use a new pipeline.

        """
        self._t = read(_Time, {"t": part(state, "t")}).t
        self._interpreter.restore(part(state, "interpreter"))
        self._policy.restore(part(state, "alerts"))

    def _observe(self, frame: Frame) -> Observation:
        if self._perception is None:
            raise SourceError(f"{frame.source}: a frame at {frame.t} s, but no perception to measure it")
        return self._perception.observe(frame)
