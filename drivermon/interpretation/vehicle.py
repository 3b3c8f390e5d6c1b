"""What the vehicle reports, as far as it bears on where a driver must look; unknown is a value."""

from dataclasses import dataclass, field
from typing import Literal

from drivermon.config import DistractionSettings
from drivermon.events import SignalValue, VehicleSignal
from drivermon.memory import STRICT, Remembering

Side = Literal["left", "right"]


@dataclass(slots=True)
class _Memory:
    __pydantic_config__ = STRICT
    speed_kmh: float | None = None
    steering_deg: float | None = None
    gear: str | None = None
    turn_signal: Side | None = field(default=None)


class Vehicle(Remembering[_Memory]):
    """Keeps the last value of each signal."""

    def __init__(self, settings: DistractionSettings) -> None:
        super().__init__(_Memory())
        self._settings = settings

    @property
    def speed_kmh(self) -> float | None:
        """Speed, `None` when unknown."""
        return self._memory.speed_kmh

    @property
    def standing(self) -> bool | None:
        """Whether the car stands; `None` when neither speed nor gear is known well enough to tell."""
        if self._memory.gear == "P":
            return True
        speed_kmh = self._memory.speed_kmh
        return None if speed_kmh is None else speed_kmh < self._settings.standing_kmh

    @property
    def reversing(self) -> bool:
        """Whether the driver has to look back."""
        return self._memory.gear == "R"

    def turning(self) -> Side | None:
        """Return the side that the car turns to or is about to, by turn signal, then by steering wheel."""
        memory = self._memory
        if memory.turn_signal is not None:
            return memory.turn_signal
        if memory.steering_deg is None or abs(memory.steering_deg) < self._settings.steering_deg:
            return None
        return "left" if memory.steering_deg > 0 else "right"

    def note(self, signal: VehicleSignal) -> None:
        """Take in what the vehicle reports; a value of the wrong kind is unknown."""
        memory = self._memory
        match signal.name:
            case "speed":
                speed = _number(signal.value)
                memory.speed_kmh = speed
            case "steering_angle":
                memory.steering_deg = _number(signal.value)
            case "gear":
                memory.gear = signal.value.upper() if isinstance(signal.value, str) else None
            case "turn_signal":
                memory.turn_signal = _side(signal.value)
            case _:
                pass


def _number(value: SignalValue) -> float | None:
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if numeric else None  # type: ignore[arg-type]


def _side(value: SignalValue) -> Side | None:
    if value == "left":
        return "left"
    return "right" if value == "right" else None
