"""Where the driver's face is in the picture and how it stands to the camera, for many moments at once.

The same signs and camera as the renderer's, with a head of average size in place of a mesh: good for
measurements made without pictures and for telling when the driver is out of view, not for pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivermon.simulation.drive.timeline import GONE, Curves
from drivermon.simulation.geometry import Viewpoint
from drivermon.simulation.parameters import Camera

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

FACE_CENTRE_M = np.array([0.0, -0.040, 0.02])
"""Middle of brows and chin from the point between the eyes."""

SIDEWAYS_CENTRE_M = np.array([0.0, -0.040, -0.045])
"""The same for the picture's width: a turned face shows its cheek, so its box moves less than its nose."""

NECK_M = np.array([0.0, -0.11, -0.09])
"""Where the head turns about, from the point between the eyes."""

FACE_SIDE_M = 0.137
"""Side of the square that a face detector draws from brows to chin."""

SHOWN_SHARE = 0.6
"""The face is in view while this share of its box lies in the picture."""

HAND_HIDES = 0.75
CHIN_DOWN_DEG = -55.0
TURNED_AWAY_DEG = 85.0


@dataclass(frozen=True, slots=True)
class FaceView:
    """The face at N moments.

    Attributes:
        x: centre of the face's box, (N,) pixels.
        y: likewise.
        side: of the box, (N,) pixels.
        yaw: (N,) degrees against the camera's axes.
        pitch: likewise.
        roll: likewise.
        shown: (N,) whether the driver shows enough of a face for anybody to call it one; the camera may
            still be covered.

    """

    x: FloatArray
    y: FloatArray
    side: FloatArray
    yaw: FloatArray
    pitch: FloatArray
    roll: FloatArray
    shown: BoolArray


def face_view(curves: Curves, camera: Camera) -> FaceView:
    """Project an average head moved by `curves` into `camera`."""
    viewpoint = Viewpoint.of(camera)
    to_camera = viewpoint.rotation.astype(np.float64).T
    head = _rotations(curves["yaw"], curves["pitch"], curves["roll"])
    seat = np.column_stack([curves["seat_x"], curves["seat_y"], curves["seat_z"]])
    x, _, _ = _projected(head, SIDEWAYS_CENTRE_M, seat, viewpoint)
    _, y, scale = _projected(head, FACE_CENTRE_M, seat, viewpoint)
    if camera.mirrored:
        x = camera.width - x
    side = scale * FACE_SIDE_M
    yaw, pitch, roll = _angles(to_camera @ head)
    inside = _overlap(x, side, camera.width) * _overlap(y, side, camera.height)
    facing = (np.abs(yaw) < TURNED_AWAY_DEG) & (pitch > CHIN_DOWN_DEG)
    bare = (curves["hand"] < HAND_HIDES) & (curves["absent"] < GONE)
    return FaceView(x, y, side, yaw, pitch, roll, (inside > SHOWN_SHARE) & facing & bare)


def _projected(
    head: FloatArray, point: FloatArray, seat: FloatArray, viewpoint: Viewpoint
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Pixels x, y of a point of the head, and pixels a metre there."""
    place = NECK_M + head @ (point - NECK_M) + seat
    seen = (place - viewpoint.position) @ viewpoint.rotation.astype(np.float64)
    scale = viewpoint.focal_px / np.maximum(-seen[:, 2], 0.05)
    return viewpoint.centre[0] + scale * seen[:, 0], viewpoint.centre[1] - scale * seen[:, 1], scale


def _overlap(middle: FloatArray, side: FloatArray, size: int) -> FloatArray:
    low, high = np.maximum(middle - side / 2, 0), np.minimum(middle + side / 2, size)
    return np.clip((high - low) / side, 0.0, 1.0)


def _rotations(yaw_deg: FloatArray, pitch_deg: FloatArray, roll_deg: FloatArray) -> FloatArray:
    """(N, 3, 3) of Ry(yaw) Rx(-pitch) Rz(-roll), as `geometry.rotation_matrix`."""
    y, p, r = np.radians(yaw_deg), np.radians(-pitch_deg), np.radians(-roll_deg)
    cy, sy, cp, sp, cr, sr = np.cos(y), np.sin(y), np.cos(p), np.sin(p), np.cos(r), np.sin(r)
    rows = [
        [cy * cr + sy * sp * sr, sy * sp * cr - cy * sr, sy * cp],
        [cp * sr, cp * cr, -sp],
        [cy * sp * sr - sy * cr, sy * sr + cy * sp * cr, cy * cp],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


def _angles(m: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    yaw = np.degrees(np.arctan2(m[:, 0, 2], m[:, 2, 2]))
    pitch = np.degrees(np.arcsin(np.clip(m[:, 1, 2], -1, 1)))
    roll = np.degrees(np.arctan2(-m[:, 1, 0], m[:, 1, 1]))
    return yaw, pitch, roll
