"""Head pose as a rotation: how it changes when the picture is turned."""

import math

import numpy as np
from numpy.typing import NDArray

from drivermon.perception.head_pose import HeadPose, pose_of

Rotation = NDArray[np.float64]


def rotation_of(pose: HeadPose) -> Rotation:
    """Return the (3, 3) rotation whose angles `pose_of` gives, from the head to the camera."""
    yaw, pitch, roll = (math.radians(angle) for angle in (pose.yaw_deg, pose.pitch_deg, pose.roll_deg))
    cos_y, sin_y, cos_p, sin_p = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    cos_r, sin_r = math.cos(roll), math.sin(roll)
    # about the vertical, the left-right axis, and in the picture: multiplied out, for every frame asks
    return np.array(
        [
            [
                cos_y * cos_r + sin_y * sin_p * sin_r,
                sin_y * sin_p * cos_r - cos_y * sin_r,
                -sin_y * cos_p,
            ],
            [cos_p * sin_r, cos_p * cos_r, sin_p],
            [
                sin_y * cos_r - cos_y * sin_p * sin_r,
                -sin_y * sin_r - cos_y * sin_p * cos_r,
                cos_y * cos_p,
            ],
        ]
    )


def turned(pose: HeadPose, clockwise_deg: float) -> HeadPose:
    """Return the pose that the picture shows once it is turned."""
    return pose_of(rotation_of(HeadPose(0.0, 0.0, clockwise_deg)) @ rotation_of(pose))


def tilt_deg(pose: HeadPose) -> float:
    """Return by how much the head's own upward axis leans clockwise in the picture, -180 to 180.

    It is the roll as long as the head faces the camera; in profile it comes of the pitch.
    """
    rotation = rotation_of(pose)
    return math.degrees(math.atan2(-rotation[0, 1], rotation[1, 1]))


def against_axis(pose: HeadPose, at: tuple[float, float], camera: NDArray[np.float64]) -> HeadPose:
    """Return the pose against the camera's axis of one against the line from the camera to the face.

    Args:
        pose: 0, 0, 0 looks into the lens.
        at: x, y of the face, pixels of the picture.
        camera: (3, 3) matrix of the camera, without distortion.

    """
    x = (at[0] - camera[0, 2]) / camera[0, 0]
    y = (at[1] - camera[1, 2]) / camera[1, 1]
    away, beside = math.sqrt(x * x + y * y + 1.0), math.sqrt(1.0 + x * x)
    # columns: across the line, down across it, along it to the face
    line = np.array(
        [
            [1.0 / beside, -x * y / (away * beside), x / away],
            [0.0, beside / away, y / away],
            [-x / beside, -y / (away * beside), 1.0 / away],
        ]
    )
    return pose_of(line @ rotation_of(pose))
