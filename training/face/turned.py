"""Real faces in profile: heads of photographs, turned, with what is known of them then."""

import numpy as np
from numpy.random import Generator

from drivermon.perception.face_crop import crop_round, moved
from drivermon.perception.head_pose import HeadPose
from drivermon.perception.head_rotation import tilt_deg, turned
from training.face.faces import Face, Faces
from training.face.pictures import KnownFace, RealFaces
from training.face.relief import Turner
from training.face.renders import cut_chip, known, visibility
from training.face.sources import read_gray

SOURCE = "turned"
SETS = ("faces68", "inthewild")
CANVAS_PX, CANVAS_MARGIN = 540, 2.9

FROM_YAW_DEG = 38.0
"""Heads that are turned further already are left."""

DECIDED_DEG = 10.0
"""A head that is turned by more is turned further that way: the cheek on the other side isn't seen."""

LEAST_YAW_DEG, MOST_YAW_DEG, MOST_PITCH_DEG = 22.0, 88.0, 35.0
HIDDEN_POINT, JAW_POINT = 0.4, 0.5
"""Weights of points that something hides, and of the jaw's, which people mark along the outline."""

MOUTH_SEEN_DEG = 65.0
"""From this yaw on a mouth is too narrow to be measured."""


def turn_heads(real: RealFaces, seed: int = 73) -> Faces:
    """Turn every head that is learned from, and of which the teacher is sure, once."""
    random = np.random.default_rng(seed)
    turner = Turner.of(real.mean)
    usable = ~real.held & ~real.repeated & np.isin(real.faces.source, SETS)
    return Faces.stacked(
        [
            turned_head(one, real.faces[row : row + 1], turner, random)
            for row in np.flatnonzero(usable)
            if (one := real.known[row]).pose is not None and abs(one.pose.yaw_deg) < FROM_YAW_DEG
        ]
    )


def turned_head(one: KnownFace, face: Faces, turner: Turner, random: Generator) -> Face:
    """Return a face with its head turned.

    Args:
        one: what is known of it; the teacher must be sure.
        face: what is learned of it as it is, a single row.
        turner: turns it.
        random: says where to.

    """
    mesh, pose = known(one.mesh).copy(), known(one.pose)
    crop = crop_round(one.points.astype(np.float64), tilt_deg(pose), CANVAS_MARGIN)
    matrix = crop.matrix(CANVAS_PX)
    # the canvas stands upright, and with it the mesh
    mesh[:, :2] = moved(mesh[:, :2], matrix)
    mesh[:, 2] *= CANVAS_PX / crop.side_px
    upright = turned(pose, -tilt_deg(pose))
    to = further(upright, random)
    canvas = crop.cut(read_gray(one.picture.path), CANVAS_PX)
    head = turner.turn(canvas, mesh, moved(one.points, matrix), upright, to)
    chip, placed = cut_chip(head.picture, head.points, tilt_deg(to))
    visible, sure = visibility(placed, head.eyes_seen)
    shown = turned(to, -tilt_deg(to))
    weights = face.point_weights[0] * np.where(head.seen, 1.0, HIDDEN_POINT)
    weights[:17] *= JAW_POINT
    trust = face.aperture_weights[0]
    return Face(
        chip,
        placed,
        weights.astype(np.float32),
        aperture=(float(face.aperture[0, 0]), float(face.aperture[0, 1])),
        aperture_weights=(float(trust[0]) * visible[0] * sure[0], float(trust[1]) * visible[1] * sure[1]),
        visible=visible,
        visible_weights=sure,
        mouth=float(face.mouth[0]),
        mouth_weights=float(face.mouth_weights[0]) * float(abs(to.yaw_deg) < MOUTH_SEEN_DEG),
        pose=(shown.yaw_deg, shown.pitch_deg, shown.roll_deg),
        pose_weights=1.0,
        share=float(face.share[0]),
        source=SOURCE,
    )


def further(pose: HeadPose, random: Generator) -> HeadPose:
    """Draw where a head of this pose is turned to."""
    aside = pose.yaw_deg if abs(pose.yaw_deg) > DECIDED_DEG else random.normal()
    yaw = np.copysign(random.uniform(LEAST_YAW_DEG, MOST_YAW_DEG), aside)
    pitch = np.clip(pose.pitch_deg + random.normal(-4, 11), -MOST_PITCH_DEG, MOST_PITCH_DEG)
    return HeadPose(float(yaw), float(pitch), float(random.normal(0, 4)))
