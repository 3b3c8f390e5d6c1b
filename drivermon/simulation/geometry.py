"""Rotations and the camera: the one place that fixes signs.

Yaw > 0 turns to the driver's own left, pitch > 0 looks up, roll > 0 tilts to the own left shoulder.
World axes: x to the driver's own left (right in an unmirrored picture), y up, z from the driver forward;
origin between the eyes of a driver in the usual place.
"""

import math
from dataclasses import dataclass

import numpy as np

from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.parameters import Camera

AIM_BELOW_EYES_M = 0.025  # the camera aims at the nose, so that hair and chin both have room


def rotation_matrix(yaw_deg: float, pitch_deg: float, roll_deg: float) -> FloatArray:
    """(3, 3) rotation Ry(yaw) Rx(-pitch) Rz(-roll) of column vectors."""
    y, p, r = np.radians([yaw_deg, -pitch_deg, -roll_deg])
    ry = np.array([[math.cos(y), 0, math.sin(y)], [0, 1, 0], [-math.sin(y), 0, math.cos(y)]])
    rx = np.array([[1, 0, 0], [0, math.cos(p), -math.sin(p)], [0, math.sin(p), math.cos(p)]])
    rz = np.array([[math.cos(r), -math.sin(r), 0], [math.sin(r), math.cos(r), 0], [0, 0, 1]])
    return np.asarray(ry @ rx @ rz, np.float32)


def angles_of(rotation: FloatArray) -> tuple[float, float, float]:
    """Yaw, pitch, roll in degrees of a rotation made by `rotation_matrix`."""
    m = rotation.astype(np.float64)
    yaw = math.degrees(math.atan2(m[0, 2], m[2, 2]))
    pitch = math.degrees(math.asin(min(1.0, max(-1.0, m[1, 2]))))
    roll = math.degrees(math.atan2(-m[1, 0], m[1, 1]))
    return yaw, pitch, roll


def turn_about(points: FloatArray, pivot: FloatArray, rotation: FloatArray, share: FloatArray) -> FloatArray:
    """Rotate (N, 3) points about a pivot, each by its (N,) share of the whole angle (a neck twists)."""
    matrix = rotation.astype(np.float64)
    angle = math.acos(min(1.0, max(-1.0, (np.trace(matrix) - 1) / 2)))
    if angle < 1e-6:
        return points
    axis = np.array([matrix[2, 1] - matrix[1, 2], matrix[0, 2] - matrix[2, 0], matrix[1, 0] - matrix[0, 1]])
    norm = np.linalg.norm(axis)
    if norm < 1e-9:  # half a turn: beyond the allowed angles of a head
        return pivot + (points - pivot) @ rotation.T
    k = (axis / norm).astype(np.float32)
    p = points - pivot
    c, s = np.cos(angle * share)[:, None], np.sin(angle * share)[:, None]
    turned = p * c + np.cross(k, p) * s + k * ((p @ k)[:, None] * (1 - c))
    return np.asarray(pivot + turned, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Viewpoint:
    """Where a camera stands.

    Attributes:
        rotation: (3, 3), columns are the camera's right, up and backward axes in the world.
        position: (3,) metres.
        focal_px: focal length.
        centre: principal point (x, y), pixels.

    """

    rotation: FloatArray
    position: FloatArray
    focal_px: float
    centre: tuple[float, float]

    @classmethod
    def of(cls, camera: Camera) -> "Viewpoint":
        """Stand the camera on its mount, aimed at the head's usual place."""
        rotation = rotation_matrix(camera.mount_yaw_deg, camera.mount_pitch_deg, -camera.mount_roll_deg)
        aim = np.array([0, -AIM_BELOW_EYES_M, 0], np.float32)
        position = aim + rotation[:, 2] * np.float32(camera.distance_m)
        return cls(rotation, position, camera.focal_px, (camera.width / 2, camera.height / 2))

    def project(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Pixels (N, 2) of the unmirrored picture and depth (N,) in metres of world points (N, 3)."""
        local = (points - self.position) @ self.rotation
        depth = np.maximum(-local[:, 2], np.float32(0.02))
        scale = np.float32(self.focal_px) / depth
        x = self.centre[0] + local[:, 0] * scale
        y = self.centre[1] - local[:, 1] * scale
        return np.stack([x, y], 1).astype(np.float32), depth
