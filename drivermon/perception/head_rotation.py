"""Head pose as a rotation: how it changes when the picture is turned."""

import math

import numpy as np
from numpy.typing import NDArray

from drivermon.perception.head_pose import HeadPose, pose_of

Rotation = NDArray[np.float64]


def rotation_of(pose: HeadPose) -> Rotation:
    """Return the (3, 3) rotation whose angles `pose_of` gives, from the head to the camera."""
    yaw, pitch, roll = (math.radians(angle) for angle in (pose.yaw_deg, pose.pitch_deg, pose.roll_deg))
    about_y = np.array([[math.cos(yaw), 0, -math.sin(yaw)], [0, 1, 0], [math.sin(yaw), 0, math.cos(yaw)]])
    about_x = np.array(
        [[1, 0, 0], [0, math.cos(pitch), math.sin(pitch)], [0, -math.sin(pitch), math.cos(pitch)]]
    )
    return np.asarray(about_y @ about_x @ _in_picture(roll))


def turned(pose: HeadPose, clockwise_deg: float) -> HeadPose:
    """Return the pose that the picture shows once it is turned."""
    return pose_of(_in_picture(math.radians(clockwise_deg)) @ rotation_of(pose))


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
    toward_face = np.array([x, y, 1.0]) / math.sqrt(x * x + y * y + 1.0)
    across = np.array([1.0, 0.0, -x]) / math.sqrt(1.0 + x * x)
    line = np.column_stack([across, np.cross(toward_face, across), toward_face])
    return pose_of(line @ rotation_of(pose))


def _in_picture(angle: float) -> Rotation:
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
