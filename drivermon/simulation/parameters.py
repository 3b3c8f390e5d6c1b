"""What goes into a rendered frame and the truth that comes out with it.

Left and right are the driver's own. Every class checks its values and raises `SimulationError`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from drivermon.emotions import EMOTIONS
from drivermon.errors import SimulationError
from drivermon.simulation.arrays import BoolArray, FloatArray

LightKind = Literal["day", "low_sun", "night_ir"]


Range = tuple[float, float]

WIDEST_APERTURE = 1.3


def check_range(owner: str, name: str, value: float, low: float, high: float) -> None:
    """Raise `SimulationError` unless `value` is a finite number from `low` to `high`."""
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not low <= value <= high:
        raise SimulationError(f"{owner}.{name} is {value!r}; give a number from {low:g} to {high:g}")


def _check_all(owner: object, ranges: Mapping[str, Range]) -> None:
    for name, (low, high) in ranges.items():
        check_range(type(owner).__name__, name, getattr(owner, name), low, high)


_DRIVER_RANGES: Mapping[str, Range] = {
    "yaw_deg": (-90, 90),
    "pitch_deg": (-90, 90),
    "roll_deg": (-90, 90),
    "left_aperture": (0, WIDEST_APERTURE),
    "right_aperture": (0, WIDEST_APERTURE),
    "gaze_yaw_deg": (-45, 45),
    "gaze_pitch_deg": (-45, 45),
    "jaw": (0, 1),
    "passenger": (0, 1),
    "hand": (0, 1),
}


@dataclass(frozen=True, slots=True)
class DriverParameters:
    """Everything about the people in the car that moves from frame to frame.

    Attributes:
        yaw_deg: the head turned to the own left > 0, in the car's frame, -90 to 90.
        pitch_deg: looking up > 0, -90 to 90.
        roll_deg: tilted to the own left shoulder > 0 (clockwise in the picture), -90 to 90.
        left_aperture: lid opening as a share of this identity's own open eye, 0 shut, 1 open,
            up to 1.3 wide. Expression and a gaze down change it: `Truth` has the result.
        right_aperture: the same of the right eye.
        gaze_yaw_deg: both eyes to the own left > 0, relative to the head, -45 to 45.
        gaze_pitch_deg: both eyes up > 0, relative to the head, -45 to 45.
        jaw: 0 shut to 1, a full yawn.
        expression: grade 0 to 1 of each emotion shown; a missing one is 0, "neutral" does nothing.
        seat_m: offset of the driver from the usual place, metres: x right in the unmirrored picture,
            y up, z to the camera; -0.7 to 0.7 each.
        present: whether a driver sits there at all.
        passenger: how far a passenger leans in, 0 out of the picture to 1 beside the driver.
        hand: a hand before the face, 0 none, 0.5 over mouth and nose, 1 over most of the face.

    """

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    left_aperture: float = 1.0
    right_aperture: float = 1.0
    gaze_yaw_deg: float = 0.0
    gaze_pitch_deg: float = 0.0
    jaw: float = 0.0
    expression: Mapping[str, float] = field(default_factory=dict)
    seat_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    present: bool = True
    passenger: float = 0.0
    hand: float = 0.0

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            SimulationError: a value is not finite, out of range, or no emotion's name.

        """
        _check_all(self, _DRIVER_RANGES)
        for name, grade in self.expression.items():
            if name not in EMOTIONS:
                known = ", ".join(EMOTIONS)
                raise SimulationError(f"DriverParameters.expression has {name!r}; known are {known}")
            check_range("DriverParameters", f"expression[{name}]", grade, 0, 1)
        if len(self.seat_m) != 3:
            raise SimulationError(f"DriverParameters.seat_m is {self.seat_m!r}; give x, y, z in metres")
        for axis, value in zip("xyz", self.seat_m, strict=True):
            check_range("DriverParameters", f"seat_m.{axis}", value, -0.7, 0.7)


@dataclass(frozen=True, slots=True)
class Light:
    """The light in the car.

    Attributes:
        kind: "day" (sky through the windows, soft), "low_sun" (hard, with cast shadows) or "night_ir"
            (an infrared lamp beside the camera; the picture has no colour).
        side_deg: where day or sun comes from, 0 ahead of the driver, > 0 the driver's own left, -120 to 120;
            not used by "night_ir".
        intensity: 1 usual, 0 pitch dark, up to 8; the camera's exposure makes up for what it can.

    """

    kind: LightKind = "day"
    side_deg: float = 40.0
    intensity: float = 1.0

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            SimulationError: an unknown kind or a value out of range.

        """
        if self.kind not in get_args(LightKind):
            known = ", ".join(get_args(LightKind))
            raise SimulationError(f"Light.kind is {self.kind!r}; known are {known}")
        _check_all(self, {"side_deg": (-120, 120), "intensity": (0, 8)})


_CAMERA_RANGES: Mapping[str, Range] = {
    "width": (64, 4096),
    "height": (64, 4096),
    "horizontal_fov_deg": (10, 120),
    "distance_m": (0.3, 2.0),
    "mount_yaw_deg": (-60, 60),
    "mount_pitch_deg": (-45, 45),
    "mount_roll_deg": (-180, 180),
    "noise": (0, 30),
    "blur_px": (0, 10),
    "covered": (0, 1),
    "dark": (0, 1),
}


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera aimed at the usual place of the driver's head, and its sensor.

    Attributes:
        width: pixels.
        height: pixels.
        horizontal_fov_deg: angle of view across the width; square pixels.
        distance_m: from the point between the driver's eyes.
        mount_yaw_deg: the camera stands to the driver's own left > 0; a driver who looks straight ahead
            then shows a yaw of minus this angle.
        mount_pitch_deg: the camera stands above the eyes and looks down > 0.
        mount_roll_deg: the camera turned about its axis; a level head then shows this roll; 180 is
            upside down.
        noise: standard deviation of the noise at middle gray, 8-bit levels.
        blur_px: standard deviation of the lens blur.
        exposure: "auto" meters the middle of the picture, where the face is; a number is a fixed gain,
            1 fits daylight on light skin.
        gray: one channel in place of three.
        mirrored: the picture is flipped left to right. The truth's points keep their numbers, so 36 to 41
            stay the driver's own right eye; yaw and roll keep their signs.
        covered: share of the lens that is covered from one side, 0 to 1.
        dark: share of light lost behind the exposure control, 0 to 1 (1 is a black picture).

    """

    width: int = 640
    height: int = 480
    horizontal_fov_deg: float = 50.0
    distance_m: float = 0.70
    mount_yaw_deg: float = 0.0
    mount_pitch_deg: float = 0.0
    mount_roll_deg: float = 0.0
    noise: float = 1.5
    blur_px: float = 0.6
    exposure: Literal["auto"] | float = "auto"
    gray: bool = False
    mirrored: bool = False
    covered: float = 0.0
    dark: float = 0.0

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            SimulationError: a value is not finite or out of range.

        """
        _check_all(self, _CAMERA_RANGES)
        if self.width != int(self.width) or self.height != int(self.height):
            raise SimulationError(f"Camera is {self.width} x {self.height}; give whole pixels")
        if isinstance(self.exposure, str):
            if self.exposure != "auto":
                raise SimulationError(f"Camera.exposure is {self.exposure!r}; give 'auto' or a gain")
        else:
            check_range("Camera", "exposure", self.exposure, 0, 100)

    @property
    def focal_px(self) -> float:
        """Focal length, pixels."""
        return self.width / 2 / math.tan(math.radians(self.horizontal_fov_deg) / 2)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The (3, 3) intrinsic matrix as OpenCV takes it (unmirrored picture), pixels."""
        f = self.focal_px
        return np.array([[f, 0, self.width / 2], [0, f, self.height / 2], [0, 0, 1]])


@dataclass(frozen=True, slots=True)
class Truth:
    """What is really there in one rendered frame.

    Geometry is `None` when nobody is there. Pixels are those of the picture as delivered, pixel centres
    at .5 (x = 0 is the left border), points may lie outside it.

    Attributes:
        parameters: what was asked for.
        left_aperture: mean lid gap measured on the mesh, as a share of this identity's open eye.
        right_aperture: the same of the right eye.
        left_ear: eye aspect ratio (Soukupova & Cech 2016) of the left eye's six true points in the picture.
        right_ear: the same of the right eye.
        inner_lip_ratio: mean of the three inner-lip gaps over the distance of the inner corners, on the mesh.
        points68: (68, 2) pixels, in the order of the 68-point scheme.
        points68_visible: (68,) whether a point lies in the picture with nothing before it; dark lenses,
            hair, hand and mask hide.
        box: x, y, width, height in pixels of the rectangle round the 68 points: brows to
            chin, as face detectors frame it.
        yaw_deg: the head against the camera's axes (a driver who faces an off-axis camera has 0 here).
        pitch_deg: likewise.
        roll_deg: likewise.
        face_visible: at least half of the points are visible.
        left_eye_visible: at least four of its six points are visible, and no dark lens is before it.
        right_eye_visible: the same of the right eye.
        mouth_visible: at least half of the twenty lip points are visible.

    """

    parameters: DriverParameters
    left_aperture: float | None = None
    right_aperture: float | None = None
    left_ear: float | None = None
    right_ear: float | None = None
    inner_lip_ratio: float | None = None
    points68: FloatArray | None = None
    points68_visible: BoolArray | None = None
    box: tuple[float, float, float, float] | None = None
    yaw_deg: float | None = None
    pitch_deg: float | None = None
    roll_deg: float | None = None
    face_visible: bool = False
    left_eye_visible: bool = False
    right_eye_visible: bool = False
    mouth_visible: bool = False
