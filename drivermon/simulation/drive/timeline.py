"""A script as functions of time: where everything is at any `t`, whatever the frame rate."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from drivermon.events import GapCause
from drivermon.simulation.drive.easing import Motion
from drivermon.simulation.drive.habits import Sway, own_blinks
from drivermon.simulation.parameters import WIDEST_APERTURE, Camera, DriverParameters, Light, LightKind
from drivermon.simulation.script.model import Curve, DriverChoice, Script, Setting, Step

FloatArray = NDArray[np.float64]
Switched = TypeVar("Switched", Light, DriverChoice)
Curves = dict[Curve, FloatArray]

CURVES: tuple[Curve, ...] = get_args(Curve)
EXPRESSIONS: tuple[Curve, ...] = ("anger", "disgust", "fear", "happy", "sadness", "surprise")

_ADDED = {"yaw", "pitch", "roll", "gaze_yaw", "gaze_pitch", "seat_x", "seat_y", "seat_z"}
_LIMITS: dict[Curve, float] = {
    "yaw": 90, "pitch": 90, "roll": 90, "gaze_yaw": 45, "gaze_pitch": 45,
    "seat_x": 0.5, "seat_y": 0.5, "seat_z": 0.5,
}  # fmt: skip
GONE = 0.97
"""The driver has left once this share of the way out is done; that is out of every picture."""

_FLICKER_DEPTH = 0.75


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment of a drive: all that a renderer needs, and what the script says is going on."""

    t: float
    parameters: DriverParameters
    light: Light
    camera: Camera
    driver: DriverChoice
    doing: tuple[str, ...]


class Timeline:
    """What a script says about any moment.

    Times are seconds from the start of the drive. The same script and seed give the same drive at every
    frame rate: no frame is counted here.
    """

    def __init__(self, script: Script, seed: int | None = None) -> None:
        """Lay out all movements; `seed` in place of the script's own."""
        self.script = script
        self.seed = script.seed if seed is None else seed
        self._steps = [step for step in script.steps if not step.action.releases]
        self._switching = [step for step in self._steps if step.action.setting is not None]
        moving = self._steps if script.still else [*self._steps, *own_blinks(script, self.seed)]
        self._motions = [Motion(pull, step) for step in moving for pull in step.action.pulls]
        self._sway = None if script.still else Sway(script.length_s, self.seed)

    def curves(self, times: FloatArray) -> Curves:
        """Return every curve at `times`, which must ascend; arrays of their length.

        Angles in degrees, `lids` and the apertures as shares of the open eye, `seat_*` in metres.
        """
        t = np.asarray(times, np.float64)
        curves: Curves = {curve: np.zeros(len(t)) for curve in CURVES}
        curves["lids"] += 1.0
        if self._sway is not None:
            self._sway.add_to(curves, t)
        for motion in self._motions:
            part = slice(*np.searchsorted(t, (motion.first_s, motion.last_s)).tolist())
            if part.start < part.stop:
                _pull(curves, motion, t[part], part)
        for curve, limit in _LIMITS.items():
            np.clip(curves[curve], -limit, limit, out=curves[curve])
        return curves

    def scenes(self, times: FloatArray) -> Iterator[Scene]:
        """Yield what a renderer needs for each of `times`, which must ascend."""
        curves = self.curves(times)
        left, right = apertures(curves)
        for k, t in enumerate(np.asarray(times).tolist()):
            c = {curve: float(values[k]) for curve, values in curves.items()}
            parameters = DriverParameters(
                yaw_deg=c["yaw"],
                pitch_deg=c["pitch"],
                roll_deg=c["roll"],
                left_aperture=float(left[k]),
                right_aperture=float(right[k]),
                gaze_yaw_deg=c["gaze_yaw"],
                gaze_pitch_deg=c["gaze_pitch"],
                jaw=c["jaw"],
                expression={name: c[name] for name in EXPRESSIONS if c[name] > 0},
                seat_m=(c["seat_x"], c["seat_y"], c["seat_z"]),
                present=c["absent"] < GONE,
                passenger=c["passenger"],
                hand=c["hand"],
            )
            camera = self.script.camera
            if c["covered"] > 0 or c["dark"] > 0:
                camera = replace(camera, covered=c["covered"], dark=c["dark"])
            yield Scene(t, parameters, self.light_at(t), camera, self.driver_at(t), self.doing(t))

    def scene_at(self, t: float) -> Scene:
        """Return what a renderer needs at `t`."""
        return next(self.scenes(np.array([t])))

    def doing(self, t: float) -> tuple[str, ...]:
        """Return the names of the script's actions that go on at `t`."""
        return tuple(step.action.name for step in self._steps if step.start_s <= t < step.end_s)

    def light_at(self, t: float) -> Light:
        """Return the light at `t`, flicker included."""
        light = self.script.light
        for setting in self._settings_at(t):
            light = setting.light or light
        for setting in self._settings_at(t):
            if setting.flicker_hz is not None:  # trees beside the road: soft-edged square wave
                wave = 0.5 + 0.5 * np.tanh(3 * np.sin(2 * np.pi * setting.flicker_hz * t))
                light = replace(light, intensity=light.intensity * float(1 - _FLICKER_DEPTH * wave))
        return light

    def light_kinds(self, times: FloatArray) -> list[LightKind]:
        """Return the kind of light at each of `times`."""
        lights = self._switched(times, self.script.light, lambda setting: setting.light)
        return [light.kind for light in lights]

    def drivers(self, times: FloatArray) -> list[DriverChoice]:
        """Return who drives at each of `times`."""
        return self._switched(times, self.script.driver, lambda setting: setting.driver)

    def driver_at(self, t: float) -> DriverChoice:
        """Return who drives at `t`."""
        driver = self.script.driver
        for setting in self._settings_at(t):
            driver = setting.driver or driver
        return driver

    def faults(self) -> list[tuple[float, float, GapCause]]:
        """Return start, end and cause of each stretch without pictures, in order."""
        return [(s.start_s, self._end(s), s.action.setting.fault) for s in self._switching
                if s.action.setting is not None and s.action.setting.fault is not None]  # fmt: skip

    def drop_share(self, times: FloatArray) -> FloatArray:
        """Return the share of frames that get lost at `times`."""
        share = np.zeros(len(times))
        for step in self._switching:
            if step.action.setting is not None and step.action.setting.drop is not None:
                share[(times >= step.start_s) & (times < step.end_s)] = step.action.setting.drop
        return share

    def _switched(
        self, times: FloatArray, usual: Switched, pick: Callable[[Setting], Switched | None]
    ) -> list[Switched]:
        values = [usual] * len(times)
        for step in self._switching:
            value = pick(step.action.setting) if step.action.setting is not None else None
            if value is not None:
                part = slice(*np.searchsorted(times, (step.start_s, step.end_s)).tolist())
                values[part] = [value] * (part.stop - part.start)
        return values

    def _end(self, step: Step) -> float:
        return min(step.end_s, self.script.length_s)

    def _settings_at(self, t: float) -> list[Setting]:
        return [
            step.action.setting
            for step in self._switching
            if step.action.setting is not None and step.start_s <= t < step.end_s
        ]


def apertures(curves: Curves) -> tuple[FloatArray, FloatArray]:
    """Return the left and right lid aperture, 0 shut to 1.3 wide."""
    lids = np.clip(curves["lids"], 0.0, WIDEST_APERTURE)
    return lids * (1 - curves["shut_left"]), lids * (1 - curves["shut_right"])


def _pull(curves: Curves, motion: Motion, t: FloatArray, part: slice) -> None:
    curve, value = motion.pull.curve, motion.pull.value
    weight = motion.weight(t)
    here = curves[curve][part]
    if curve in _ADDED:
        here += value * weight
    elif curve == "lids":
        here *= 1 + (value - 1) * weight
    else:
        np.maximum(here, value * weight, out=here)
