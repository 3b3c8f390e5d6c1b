"""Real faces: `faces68` with points that people marked, the other sets with the teacher's.

The teacher's points are mapped to where people mark them, learned on `faces68`; its lid and lip gaps
are kept as they are, because people mark a shut eye as a slit.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.perception.head_pose import HeadPose
from drivermon.perception.head_rotation import tilt_deg, turned
from training.face.faces import (
    INNER_LIPS,
    LEFT,
    RIGHT,
    Face,
    Faces,
    Floats,
    eye_aspect_ratio,
    lip_ratio,
    read_arrays,
)
from training.face.mesh import Doubles, MeanFace, PointsMap, merged_views
from training.face.renders import cut_chip, known, visibility
from training.face.sources import Picture, is_held, pictures, read_gray

SURE, SURE_SMALL = 0.05, 0.08
"""The teacher is trusted where its views of a picture and of its mirror image differ by no more, in outer
eye distances; the drivers of `drivface` are smaller than the other faces."""

WRONG = 0.12
"""From this distance to the marked points on, in the same unit, the teacher saw another face."""

MESH_SHUT, MESH_SCALE = 0.028, 1.12
"""Eye aspect ratio of a shut eye in the mesh, and what brings its open eyes to 0.27 to 0.30."""

MARKED_SHUT, MARKED_SCALE = 0.05, 1.24
"""The same of marked points."""

SAME_PICTURE = 0.96
"""Correlation of two chips from which on they show the same picture."""


YAW_SCALE = 1.08
"""What brings the teacher's yaw to the true one. On `faces68` the marked points, fitted as a scaled
orthographic picture of a mean head (DeMenthon & Davis 1995), say 1.15, the place of the nose between the
eyes says 1.03; both measures are right within 5 % on rendered points. Renders themselves mislead the
teacher, it reads 16 to 26 % too much there. Of its pitch the same measures say 0.84 to 1.2: it stays."""


@dataclass(frozen=True, slots=True)
class KnownFace:
    """A picture and what is known of its face.

    Attributes:
        picture: with its labels.
        points: (68, 2) as marked, or the teacher's mapped to where people mark them.
        seen: (68, 3) the teacher's own, where it is sure.
        mesh: (478, 3) all of the teacher's, where it is sure.
        pose: by the mesh.

    """

    picture: Picture
    points: Floats
    seen: Doubles | None = None
    mesh: Doubles | None = None
    pose: HeadPose | None = None


@dataclass(frozen=True, slots=True)
class RealFaces:
    """All real faces.

    Attributes:
        known: (N,) what is known of each.
        faces: (N,) what is learned of each.
        held: (N,) kept apart for judging.
        repeated: (N,) shows the same picture as one that is kept apart, and is used for nothing.
        mean: of the teacher's meshes.

    """

    known: list[KnownFace]
    faces: Faces
    held: NDArray[np.bool_]
    repeated: NDArray[np.bool_]
    mean: MeanFace


def collect(data: Path, teacher: Path) -> RealFaces:
    """Put the pictures together with what the teacher saw in them.

    Args:
        data: folder of the sets.
        teacher: what `teach.py` wrote.

    Raises:
        SourceError: it is missing or damaged.

    """
    taught = read_arrays(teacher, "python training/face/teach.py")
    row_of = {Path(name).resolve(): row for row, name in enumerate(taught["names"])}
    meshes: NDArray[np.float32] = taught["meshes"]
    points, differ = merged_views(meshes)
    mean = MeanFace.of(meshes[differ < SURE_SMALL / 2, 0])
    pairs: list[tuple[Picture, int | None]] = []
    for picture in pictures(data):
        row = row_of.get(picture.path.resolve())
        sure = row is not None and differ[row] < (SURE_SMALL if picture.source == "drivface" else SURE)
        if sure and picture.marked is not None:
            sure = _distance(points[row], picture.marked) < WRONG
        if sure or picture.marked is not None:
            pairs.append((picture, row if sure else None))
    mapping = _points_map(pairs, points)
    everything = [_known(picture, row, points, meshes, mean, mapping) for picture, row in pairs]
    faces = Faces.stacked([face_of(one) for one in everything])
    held = np.array([picture.marked is not None and is_held(picture.path) for picture, _ in pairs])
    repeated = ~held & _repeats(faces, faces[held])
    print(f"{repeated.sum()} of {len(faces)} repeat a picture kept apart and are dropped")
    return RealFaces(everything, faces, held, repeated, mean)


def _known(
    picture: Picture,
    row: int | None,
    points: Doubles,
    meshes: NDArray[np.float32],
    mean: MeanFace,
    mapping: PointsMap,
) -> KnownFace:
    if row is None:
        return KnownFace(picture, known(picture.marked))
    pose = mean.pose_of(meshes[row, 0])
    pose = replace(pose, yaw_deg=YAW_SCALE * pose.yaw_deg)
    marked = picture.marked if picture.marked is not None else _mapped(points[row], mapping)
    return KnownFace(picture, marked, points[row], meshes[row, 0].astype(np.float64), pose)


def _points_map(pairs: list[tuple[Picture, int | None]], points: Doubles) -> PointsMap:
    known = [
        (points[row], picture.marked)
        for picture, row in pairs
        if row is not None and picture.marked is not None and not is_held(picture.path)
    ]
    return PointsMap.fit(np.stack([a for a, _ in known]), np.stack([b for _, b in known]).astype(float))


def _distance(mesh: Doubles, marked: Floats) -> float:
    """Mean over eyes and lips, in outer eye distances."""
    away = np.linalg.norm(mesh[36:, :2] - marked[36:], axis=1).mean()
    return float(away / np.linalg.norm(marked[36] - marked[45]))


def face_of(one: KnownFace) -> Face:
    """Return what is learned of a face."""
    picture, points, mesh, pose = one.picture, one.points, one.seen, one.pose
    gray = read_gray(picture.path)
    weights = np.ones(68, np.float32)
    if picture.marked is None:
        weights[:17], weights[17:36] = 0.4, 0.7
    if picture.masked:
        weights[:17], weights[31:36], weights[48:] = 0.3, 0.3, 0.0
    if picture.sunglasses:
        weights[36:48] = 0.3
    tilt = tilt_deg(pose) if pose is not None else _eye_line_deg(points)
    chip, placed = cut_chip(gray, np.asarray(points, np.float32), tilt)
    upright = turned(pose, -tilt) if pose is not None else None
    visible, seen = visibility(placed, (not picture.sunglasses,) * 2)
    aperture, trust = _aperture(picture, mesh, pose)
    mouth = _mouth(picture, mesh)
    face = Face(
        chip,
        placed,
        weights,
        aperture=aperture,
        aperture_weights=(trust * visible[0] * seen[0], trust * visible[1] * seen[1]),
        visible=visible,
        visible_weights=seen,
        mouth=min(mouth, 1.6),
        mouth_weights=0.0 if picture.masked else 1.0,
        source=picture.source,
    )
    if upright is not None:
        face.pose = (upright.yaw_deg, upright.pitch_deg, upright.roll_deg)
        face.pose_weights = 1.0
    shut, wide = min(aperture) < 0.12 and trust > 0, mouth > 0.45
    aside = upright is not None and abs(upright.yaw_deg) > 25
    face.share = 1.0 + 2.0 * shut + 2.0 * wide + 1.5 * aside
    return face


def _mapped(mesh: Doubles, mapping: PointsMap) -> Floats:
    """Return the mesh's points where people mark them, but with its own lid gaps and inner lips."""
    points = mapping.apply(mesh)
    points[INNER_LIPS] = mesh[INNER_LIPS, :2]
    for eye in (RIGHT, LEFT):
        ratio = eye_aspect_ratio(mesh[eye, :2]) / max(eye_aspect_ratio(points[eye]), 1e-3)
        first = eye.start
        for upper, lower in ((first + 1, first + 5), (first + 2, first + 4)):
            middle = (points[upper] + points[lower]) / 2
            half = (points[upper] - points[lower]) / 2 * ratio
            points[upper], points[lower] = middle + half, middle - half
    return points.astype(np.float32)


def _aperture(
    picture: Picture, mesh: Doubles | None, pose: HeadPose | None
) -> tuple[tuple[float, float], float]:
    """Return right and left aperture, and how far they can be trusted."""
    seen = marked = None
    if mesh is not None:
        seen = [MESH_SCALE * max(eye_aspect_ratio(mesh[eye]) - MESH_SHUT, 0.0) for eye in (RIGHT, LEFT)]
    if picture.marked is not None:
        flat = [eye_aspect_ratio(picture.marked[eye]) for eye in (RIGHT, LEFT)]
        marked = [MARKED_SCALE * max(ratio - MARKED_SHUT, 0.0) for ratio in flat]
    if seen is None:
        right, left = known(marked)
        return (right, left), 0.5  # without a pose it may be foreshortened
    if marked is None or (pose is not None and abs(pose.yaw_deg) > 25):
        return (seen[0], seen[1]), 1.0
    both = [(a + b) / 2 for a, b in zip(seen, marked, strict=True)]
    agree = max(abs(a - b) for a, b in zip(seen, marked, strict=True)) < 0.1
    return (both[0], both[1]), 1.0 if agree else 0.3


def _mouth(picture: Picture, mesh: Doubles | None) -> float:
    if mesh is not None:
        return lip_ratio(mesh[INNER_LIPS])
    return lip_ratio(known(picture.marked)[INNER_LIPS])


def _eye_line_deg(points: Floats) -> float:
    dx, dy = points[LEFT].mean(0) - points[RIGHT].mean(0)
    return float(np.degrees(np.arctan2(dy, dx)))


def _repeats(faces: Faces, apart: Faces) -> NDArray[np.bool_]:
    return np.asarray((_thumbnails(faces) @ _thumbnails(apart).T).max(1) > SAME_PICTURE)


def _thumbnails(faces: Faces) -> Floats:
    small = np.stack([cv2.resize(chip, (24, 24), interpolation=cv2.INTER_AREA) for chip in faces.chips])
    flat = small.reshape(len(faces), -1).astype(np.float32)
    flat -= flat.mean(1, keepdims=True)
    return np.asarray(flat / (np.linalg.norm(flat, axis=1, keepdims=True) + 1e-6))
