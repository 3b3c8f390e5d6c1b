"""What is really there in a frame, read off the mesh."""

import numpy as np

from drivermon.simulation.arrays import BoolArray, FloatArray
from drivermon.simulation.geometry import Viewpoint, angles_of
from drivermon.simulation.head import Head, Posed
from drivermon.simulation.mesh import LEFT, RIGHT
from drivermon.simulation.parameters import Camera, DriverParameters, Truth

HIDDEN_BEHIND_M = 0.008  # a point this much behind the seen surface is hidden; lashes are nearer than that
RIGHT_EYE, LEFT_EYE = slice(36, 42), slice(42, 48)
MOUTH = slice(48, 68)


def eye_aspect_ratio(points: FloatArray) -> float:
    """Soukupova & Cech 2016 of one eye's six points (6, 2 or 3), corners first and fourth."""
    upright = float(np.linalg.norm(points[1] - points[5]) + np.linalg.norm(points[2] - points[4]))
    return upright / (2 * max(float(np.linalg.norm(points[0] - points[3])), 1e-9))


def inner_lip_ratio(points: FloatArray) -> float:
    """Mean of the three gaps between the inner lips over the distance of their corners, of the 68 points."""
    gaps = [np.linalg.norm(points[a] - points[b]) for a, b in ((61, 67), (62, 66), (63, 65))]
    return float(np.mean(gaps) / np.linalg.norm(points[60] - points[64]))


def measure(
    parameters: DriverParameters,
    head: Head,
    posed: Posed,
    camera: Camera,
    view: Viewpoint,
    nearness: FloatArray,
    eyes_behind_dark_lenses: bool,
) -> Truth:
    """Truth of one frame with a driver.

    Args:
        parameters: what was asked for.
        head: the driver's.
        posed: where it is.
        camera: sensor and mirroring.
        view: where the camera stands.
        nearness: (H, W) z-buffer, 1 / metres.
        eyes_behind_dark_lenses: sunglasses.

    """
    world = head.mesh.landmarks(posed.positions)
    points, depth = view.project(world)
    visible = _visible(points, depth, nearness)
    if camera.mirrored:
        points[:, 0] = camera.width - points[:, 0]
    if eyes_behind_dark_lenses:
        visible[36:48] = False
    low, high = points.min(0), points.max(0)
    yaw, pitch, roll = angles_of(view.rotation.T @ posed.rotation)
    return Truth(
        parameters=parameters,
        left_aperture=posed.apertures[LEFT],
        right_aperture=posed.apertures[RIGHT],
        left_ear=eye_aspect_ratio(points[LEFT_EYE]),
        right_ear=eye_aspect_ratio(points[RIGHT_EYE]),
        inner_lip_ratio=inner_lip_ratio(world),
        points68=points,
        points68_visible=visible,
        box=(float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])),
        yaw_deg=yaw,
        pitch_deg=pitch,
        roll_deg=roll,
        face_visible=bool(visible.mean() >= 0.5),
        left_eye_visible=bool(visible[LEFT_EYE].sum() >= 4),
        right_eye_visible=bool(visible[RIGHT_EYE].sum() >= 4),
        mouth_visible=bool(visible[MOUTH].mean() >= 0.5),
    )


def _visible(points: FloatArray, depth: FloatArray, nearness: FloatArray) -> BoolArray:
    """(68,) whether a point is in the picture and nothing is drawn before it."""
    height, width = nearness.shape
    column, row = np.floor(points).astype(int).T
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    seen = nearness[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)]
    return np.asarray(inside & (1 / np.maximum(depth - HIDDEN_BEHIND_M, 1e-3) >= seen))
