"""A drive as observations, without rendering: truth, blurred as a face path would measure it.

For many variants in little time. What it says about a face path is only what `MeasurementNoise` says.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from drivermon.emotions import EMOTIONS
from drivermon.events import Gap, VehicleSignal
from drivermon.messages import Eyes, Observation, PictureQuality
from drivermon.simulation.drive.casting import identity_of
from drivermon.simulation.drive.measuring import USUAL, MeasurementNoise
from drivermon.simulation.drive.schedule import frame_times, in_order
from drivermon.simulation.drive.timeline import EXPRESSIONS, Curves, Timeline, apertures
from drivermon.simulation.drive.view import FaceView, face_view
from drivermon.simulation.parameters import LightKind
from drivermon.simulation.script.model import Script

FloatArray = NDArray[np.float64]
Rows = list[dict[str, Any]]

_BATCH = 256
_OBSERVATIONS = TypeAdapter(list[Observation])

_FAR_EYE_HIDDEN_DEG = 52.0
_SURE, _UNSURE = 0.97, 0.05
_VISIBLE = {
    (left, right): Eyes(left=_UNSURE if left else _SURE, right=_UNSURE if right else _SURE)
    for left in (False, True)
    for right in (False, True)
}
"""By whether the left and the right eye is hidden."""

_NEUTRAL_LOGIT, _FULL_LOGIT = 3.0, 5.0

_QUALITY: dict[LightKind, tuple[float, float, float]] = {
    "day": (120.0, 57.0, 8.7),
    "low_sun": (108.0, 54.0, 9.3),
    "night_ir": (82.0, 35.0, 5.9),
}
"""Brightness, contrast and detail of rendered pictures in each light; without a view noise remains."""

_COVERED = (25.6, 0.6, 2.0)
_DARK = (1.0, 0.3, 0.7)


def play_observations(
    script: Script, fps: float | None = None, noise: MeasurementNoise = USUAL, seed: int | None = None
) -> Iterator[Observation | Gap | VehicleSignal]:
    """Yield the drive as observations, gaps and signals, in order of time, each rounded as on the wire.

    Args:
        script: the drive.
        fps: in place of the script's own; the same drive is sampled at other times.
        noise: how a face path measures.
        seed: in place of the script's own: other blinks, sway, drops and noise.

    Raises:
        SimulationError: `fps` out of range.

    """
    timeline = Timeline(script, seed)
    return in_order(timeline, _observations(timeline, frame_times(timeline, fps), noise))


def _observations(timeline: Timeline, times: FloatArray, noise: MeasurementNoise) -> Iterator[Observation]:
    random = np.random.default_rng([timeline.seed, 4])
    person = (
        float(random.normal(noise.open_ratio, noise.person_ratio)) if noise.person_ratio else noise.open_ratio
    )
    for first in range(0, len(times), _BATCH):
        t = times[first : first + _BATCH]
        yield from _OBSERVATIONS.validate_python(_rows(timeline, t, first, noise, person, random))


def _rows(
    timeline: Timeline,
    t: FloatArray,
    first: int,
    noise: MeasurementNoise,
    open_ratio: float,
    random: np.random.Generator,
) -> Rows:
    curves = timeline.curves(t)
    view = face_view(curves, timeline.script.camera)
    found = _found(curves, view, noise, random).tolist()
    faces = _faces(timeline, curves, t, view, noise, open_ratio, random)
    pictures = _pictures(timeline, curves, t)
    return [
        {"t": at, "index": first + k, "face": faces[k] if found[k] else None, "picture": pictures[k]}
        for k, at in enumerate(t.tolist())
    ]


def _found(
    curves: Curves, view: FaceView, noise: MeasurementNoise, random: np.random.Generator
) -> NDArray[np.bool_]:
    followed = (
        (np.abs(view.yaw) <= noise.lost_beyond_yaw_deg)
        & (np.abs(view.pitch) <= noise.lost_beyond_pitch_deg)
        & (curves["jaw"] <= noise.lost_beyond_jaw)
    )
    shut_out = np.maximum(curves["covered"], curves["dark"]) > 0.5
    return view.shown & ~shut_out & followed & (random.random(len(view.x)) >= noise.missed)


def _faces(
    timeline: Timeline,
    curves: Curves,
    t: FloatArray,
    view: FaceView,
    noise: MeasurementNoise,
    open_ratio: float,
    random: np.random.Generator,
) -> Rows:
    n = len(t)
    people = [identity_of(driver) for driver in timeline.drivers(t)]
    dark_lenses = np.array([person.sunglasses for person in people])
    masked = np.array([person.mask for person in people])
    side = view.side * (1 + noise.box_share * random.standard_normal(n))
    x, y = (
        middle - side / 2 + noise.box_share * side * random.standard_normal(n) for middle in (view.x, view.y)
    )
    aperture = np.column_stack(apertures(curves))
    eyes = noise.shut_ratio + (open_ratio - noise.shut_ratio) * aperture
    eyes = np.maximum(eyes + noise.eye_ratio * random.standard_normal((n, 2)), 0)
    visible = _eyes_visible(view, dark_lenses)
    mouth = np.maximum(noise.open_mouth * curves["jaw"] + noise.mouth_ratio * random.standard_normal(n), 0)
    mouth_hidden = (curves["hand"] > 0.3) | masked
    pose = np.column_stack([view.yaw, view.pitch, view.roll]) + noise.pose_deg * random.standard_normal(
        (n, 3)
    )
    chances = _probabilities(curves, noise, random)
    columns = zip(
        x.tolist(), y.tolist(), side.tolist(), eyes.tolist(), visible, mouth.tolist(),
        mouth_hidden.tolist(), pose.tolist(), chances.tolist(), strict=True,
    )  # fmt: skip
    return [
        {
            "box": (left, top, size, size),
            "score": 1.0,
            "scheme": noise.scheme,
            "eyes": {"left": ratio[0], "right": ratio[1]},
            "eyes_visible": sure if noise.tells_visible else None,
            "mouth": None if hidden else lips,
            "pose": {"yaw": angles[0], "pitch": angles[1], "roll": angles[2]},
            "probabilities": dict(zip(EMOTIONS, chance, strict=True)),
        }
        for left, top, size, ratio, sure, lips, hidden, angles, chance in columns
    ]


def _eyes_visible(view: FaceView, dark_lenses: NDArray[np.bool_]) -> list[Eyes]:
    """How surely each eye can be judged; a head that turns to its left hides its left eye."""
    left = (view.yaw > _FAR_EYE_HIDDEN_DEG) | dark_lenses
    right = (view.yaw < -_FAR_EYE_HIDDEN_DEG) | dark_lenses
    return [_VISIBLE[hidden] for hidden in zip(left.tolist(), right.tolist(), strict=True)]


def _probabilities(curves: Curves, noise: MeasurementNoise, random: np.random.Generator) -> FloatArray:
    """(N, 7), sure where an expression is strong: 0.5 for half an expression, 0.9 for a full one."""
    n = len(curves["yaw"])
    strongest = np.max([curves[name] for name in EXPRESSIONS], axis=0)
    shown: dict[str, FloatArray] = {name: _FULL_LOGIT * curves[name] for name in EXPRESSIONS}
    shown["neutral"] = _NEUTRAL_LOGIT * (1 - 0.5 * strongest)
    logits = np.column_stack([shown[name] for name in EMOTIONS])
    odds = np.exp(logits + noise.logit * random.standard_normal((n, len(EMOTIONS))))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _pictures(timeline: Timeline, curves: Curves, t: FloatArray) -> list[PictureQuality]:
    covered = np.round(curves["covered"], 2).tolist()
    dark = np.round(curves["dark"], 2).tolist()
    kinds = timeline.light_kinds(t)
    return [_picture(kind, over, off) for kind, over, off in zip(kinds, covered, dark, strict=True)]


@lru_cache(maxsize=1024)
def _picture(kind: LightKind, covered: float, dark: float) -> PictureQuality:
    shown = _QUALITY[kind]
    brightness, contrast, detail = (
        (1 - dark) * ((1 - covered) * open_ + covered * shut) + dark * off
        for open_, shut, off in zip(shown, _COVERED, _DARK, strict=True)
    )
    light = (1 - covered) * (1 - dark)
    return PictureQuality(
        brightness=brightness, contrast=contrast, detail=detail, dark=0.01 + 0.99 * dark, bright=0.05 * light
    )
