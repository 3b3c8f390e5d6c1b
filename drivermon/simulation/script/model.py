"""A drive as it is written: settings, timed steps and expected alerts. Data only, no random numbers."""

import math
from dataclasses import dataclass, field
from typing import Literal

from drivermon.events import GapCause, SignalValue
from drivermon.messages import AlertEvent, AlertKind, Severity
from drivermon.simulation.parameters import Camera, Light

Curve = Literal[
    "yaw", "pitch", "roll", "gaze_yaw", "gaze_pitch", "lids", "shut_left", "shut_right", "jaw",
    "anger", "disgust", "fear", "happy", "sadness", "surprise",
    "hand", "passenger", "absent", "seat_x", "seat_y", "seat_z", "covered", "dark",
]  # fmt: skip
"""What a script moves: degrees, `lids` a factor on the opening, `seat_*` in metres, the rest 0 to 1."""

Channel = Literal[
    "lids", "closure", "gaze", "head", "mouth", "expression", "hand", "presence", "passenger",
    "driver", "light", "flicker", "view", "stream", "frames",
]  # fmt: skip
"""What can do one thing at a time; two steps of one channel may not overlap."""

Shape = Literal["hold", "speech", "wave", "swing"]
"""How a pull goes on while it lasts: steady; as syllables; 0 to 1 and back; -1 to 1 and back."""

HALF_WAY = 0.5
"""A movement counts from here on, as a share of its way."""


@dataclass(frozen=True, slots=True)
class Pull:
    """One step's pull on one curve.

    Attributes:
        curve: which.
        value: where to; the way is eased (minimum jerk).
        rise_s: time of the whole way there.
        fall_s: time of the whole way back.
        counts_at: the share of the way that is reached exactly at the step's start and left at its end.
        shape: how it goes on while it lasts.
        rate_hz: of a shape that is not steady.
        delay_s: later than the step's start.

    """

    curve: Curve
    value: float
    rise_s: float = 0.3
    fall_s: float = 0.3
    counts_at: float = HALF_WAY
    shape: Shape = "hold"
    rate_hz: float = 1.0
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DriverChoice:
    """Who drives: a name or a seed, and what is changed: `("tone", 6.0)`, `("glasses", True)`."""

    name: str | None = None
    seed: int | None = None
    changes: tuple[tuple[str, float | str | bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """What a step switches while it lasts; the last one written before wins afterwards again.

    `drop` is the share of frames that are lost, `fault` the cause of a gap.
    """

    light: Light | None = None
    flicker_hz: float | None = None
    driver: DriverChoice | None = None
    fault: GapCause | None = None
    drop: float | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """What a verb of the script does.

    Attributes:
        name: short words for a caption and an event, "eyes closed".
        channels: what it occupies.
        pulls: what it moves.
        setting: what it switches.
        usual_s: how long it lasts if the line does not say; `None` is until the channel's next step.

    """

    name: str
    channels: tuple[Channel, ...]
    pulls: tuple[Pull, ...] = ()
    setting: Setting | None = None
    usual_s: float | None = None

    @property
    def releases(self) -> bool:
        """Whether it does nothing but end what goes on in its channels."""
        return not self.pulls and self.setting is None


@dataclass(frozen=True, slots=True)
class Step:
    """An action that lasts.

    Attributes:
        action: what is done.
        start_s: from when it counts.
        end_s: until when, infinite if nothing ends it.
        line: of the script.
        over_s: how long the way there takes in place of the usual time; it then begins at `start_s`.
        back_over_s: likewise the way back, which then begins at `end_s`.

    """

    action: Action
    start_s: float
    end_s: float
    line: int
    over_s: float | None = None
    back_over_s: float | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """What the vehicle reports from `t` on; see `drivermon.events.VehicleSignal`."""

    t: float
    name: str
    value: SignalValue


@dataclass(frozen=True, slots=True)
class Expectation:
    """An alert that must or must not come.

    Attributes:
        line: of the script.
        kind: of the alert, `None` for any.
        wanted: whether it must come.
        event: the step in its life, `None` for any.
        severity: after that step, `None` for any.
        detail: the alert's detail, such as an emotion or a cause, `None` for any.
        from_s: the earliest time.
        to_s: the latest time, infinite if the script does not say.
        others: "any alert that no other line asks for" is what must not come.

    """

    line: int
    kind: AlertKind | None
    wanted: bool
    event: AlertEvent | None = None
    severity: Severity | None = None
    detail: str | None = None
    from_s: float = 0.0
    to_s: float = math.inf
    others: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """A drive.

    Attributes:
        name: for messages and events: the stem of its file.
        title: what a person should know about it.
        length_s: from 0; no frame at `length_s` itself.
        fps: frames a second.
        seed: of blinks, sway, noise and drops.
        still: no blinks, glances or sway of the driver's own.
        driver: at the start.
        camera: without covers and faults.
        light: at the start.
        steps: in order of start.
        signals: in order of time.
        expectations: in order of lines.

    """

    name: str
    length_s: float
    fps: float = 30.0
    title: str = ""
    seed: int = 0
    still: bool = False
    driver: DriverChoice = DriverChoice(name="plain")
    camera: Camera = field(default_factory=Camera)
    light: Light = field(default_factory=Light)
    steps: tuple[Step, ...] = ()
    signals: tuple[Signal, ...] = ()
    expectations: tuple[Expectation, ...] = ()
