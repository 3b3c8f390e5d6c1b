"""Where the head points: yaw, pitch and roll from landmarks and a mean head (perspective-n-point)."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.config import CameraSettings
from drivermon.perception.landmarks import FaceShape

MIN_POINTS = 6
"""Fewer points leave the pose to noise."""


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Head pose against the camera's axis, degrees: 0, 0, 0 faces along it.

    Attributes:
        yaw_deg: positive to the driver's own left.
        pitch_deg: positive up.
        roll_deg: positive towards the driver's own left shoulder, clockwise in the picture.

    """

    yaw_deg: float
    pitch_deg: float
    roll_deg: float


@dataclass(frozen=True, slots=True)
class Intrinsics:
    """A calibrated camera without distortion: focal lengths and principal point, in pixels of its picture.

    Attributes:
        fx, fy, cx, cy: px.
        width, height: of the picture, px.

    """

    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int


Lens = float | Intrinsics
"""A horizontal field of view in degrees, or a calibration."""


def lens_of(camera: CameraSettings) -> Lens:
    """Return what the settings know of the lens."""
    if not camera.intrinsics_px:
        return camera.horizontal_fov_deg
    fx, fy, cx, cy = camera.intrinsics_px
    size = (camera.width, camera.height)
    width, height = size[::-1] if camera.rotate_deg in (90, 270) else size
    return Intrinsics(fx, fy, cx, cy, width, height)


def camera_matrix(image_shape: tuple[int, ...], lens: Lens) -> NDArray[np.float64]:
    """Return the (3, 3) matrix of a camera without distortion for pictures of this shape.

    With only a field of view it looks at the picture's middle.
    """
    height, width = image_shape[:2]
    if isinstance(lens, Intrinsics):
        x, y = width / lens.width, height / lens.height
        # pixel centres are at whole numbers, so a picture begins half a pixel before 0
        cx, cy = (lens.cx + 0.5) * x - 0.5, (lens.cy + 0.5) * y - 0.5
        return np.array([[lens.fx * x, 0, cx], [0, lens.fy * y, cy], [0, 0, 1]])
    focal_px = width / 2 / math.tan(math.radians(lens) / 2)
    return np.array([[focal_px, 0, (width - 1) / 2], [0, focal_px, (height - 1) / 2], [0, 0, 1]])


def solve_pose(
    points: NDArray[np.floating], model: NDArray[np.floating], camera: NDArray[np.float64]
) -> HeadPose | None:
    """Return the pose that projects `model` (M, 3) onto `points` (M, 2), `None` where none does.

    Args:
        points: pixels of the picture.
        model: x to the driver's own left, y down, z into the head, any unit.
        camera: from `camera_matrix`.

    SQPnP (Terzakis & Lourakis 2020) starts, Levenberg-Marquardt refines.

    """
    if len(points) < MIN_POINTS:
        return None
    seen, known = np.asarray(points, float), np.asarray(model, float)
    solved, rotation, translation = cv2.solvePnP(known, seen, camera, None, flags=cv2.SOLVEPNP_SQPNP)
    if not solved:
        return None
    rotation, translation = cv2.solvePnPRefineLM(known, seen, camera, None, rotation, translation)
    if not np.isfinite(rotation).all() or translation[2, 0] <= 0:
        return None
    return pose_of(np.asarray(cv2.Rodrigues(rotation)[0], float))


def pose_of(rotation: NDArray[np.float64]) -> HeadPose:
    """Return the angles of a (3, 3) rotation from the head (x left, y down, z in) to the camera.

    Yaw turns about the camera's vertical, then pitch about the head's own left-right axis, then
    roll about the line along which the face looks.
    """
    ahead_x, ahead_y, ahead_z = -rotation[:, 2]
    return HeadPose(
        yaw_deg=math.degrees(math.atan2(ahead_x, -ahead_z)),
        pitch_deg=math.degrees(math.asin(min(1.0, max(-1.0, -ahead_y)))),
        roll_deg=math.degrees(math.atan2(rotation[1, 0], rotation[1, 1])),
    )


def measure_pose(shape: FaceShape, image_shape: tuple[int, ...], lens: Lens) -> HeadPose | None:
    """Return the pose of a face, `None` where too few rigid points are seen or none fits."""
    if shape.rigid is None or shape.rigid_model is None:
        return None
    return solve_pose(shape.rigid, shape.rigid_model, camera_matrix(image_shape, lens))
