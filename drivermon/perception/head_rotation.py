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


def _in_picture(angle: float) -> Rotation:
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
