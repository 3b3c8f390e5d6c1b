"""A drawn face with its 68 points, for tests of the face networks' training: no real person needed."""

import cv2
import numpy as np

from training.face.faces import CHIP_PX, Face, Faces, Floats

DRAWN_PX = 208
"""Side of the sheet on which the numbers below lie."""


def drawn_points() -> Floats:
    """68 points of a schematic upright face in the middle of a chip."""
    points = np.zeros((68, 2), np.float32)
    jaw = np.linspace(np.pi, 0, 17)
    points[:17] = np.column_stack([104 + 44 * np.cos(jaw), 92 + 56 * np.sin(jaw)])
    points[17:22] = [(70 + 5 * k, 72) for k in range(5)]
    points[22:27] = [(118 + 5 * k, 72) for k in range(5)]
    points[27:31] = [(104, 84 + 8 * k) for k in range(4)]
    points[31:36] = [(94 + 5 * k, 114) for k in range(5)]
    eye = np.array([(0, 0), (7, -4), (13, -4), (20, 0), (13, 4), (7, 4)], np.float32)
    points[36:42] = eye + np.array([74, 86])
    points[42:48] = eye + np.array([114, 86])
    outer = np.linspace(np.pi, -np.pi, 13)[:12]
    points[48:60] = np.column_stack([104 + 18 * np.cos(outer), 132 - 7 * np.sin(outer)])
    inner = np.linspace(np.pi, -np.pi, 9)[:8]
    points[60:68] = np.column_stack([104 + 14 * np.cos(inner), 132 - 1.5 * np.sin(inner)])
    return points * np.float32(CHIP_PX / DRAWN_PX)


def drawn_face(source: str = "faces68", level: int = 150) -> Face:
    """A face with open eyes and a shut mouth."""
    points = drawn_points()
    chip = np.full((CHIP_PX, CHIP_PX), 60, np.uint8)
    cv2.fillPoly(chip, [np.rint(points[:27]).astype(np.int32)], level)
    for eye in (points[36:42], points[42:48]):
        cv2.fillPoly(chip, [np.rint(eye).astype(np.int32)], 230)
        cv2.circle(chip, tuple(int(v) for v in eye.mean(0)), 5, 10, -1)
    cv2.fillPoly(chip, [np.rint(points[48:60]).astype(np.int32)], 90)
    return Face(
        chip,
        points,
        np.ones(68, np.float32),
        aperture=(0.4, 0.4),
        aperture_weights=(1.0, 1.0),
        visible=(1.0, 1.0),
        visible_weights=(1.0, 1.0),
        mouth=0.1,
        mouth_weights=1.0,
        pose_weights=1.0,
        source=source,
    )


def drawn_faces(count: int = 4) -> Faces:
    """Faces of different brightness, one called a render, and one a head from behind."""
    faces = [drawn_face(level=110 + 20 * index) for index in range(count)] + [drawn_face("render")]
    behind = drawn_face("behind")
    behind.present = 0.0
    return Faces.stacked([*faces, behind])
