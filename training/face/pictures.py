"""Real faces: `faces68` with points that people marked, the other sets with the teacher's.

The teacher's points are mapped to where people mark them, learned on `faces68`; its lid and lip gaps
are kept as they are, because people mark a shut eye as a slit. Its pose is brought to the renderer's,
learned on renders that it was shown too.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.perception.head_pose import HeadPose
from drivermon.perception.head_rotation import tilt_deg, turned
from training.face.faces import INNER_LIPS, LEFT, RIGHT, Face, Faces, Floats, eye_aspect_ratio, lip_ratio
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


@dataclass(frozen=True, slots=True)
class PoseScale:
    """From the mesh's angles to the renderer's: odd in yaw, linear in pitch."""

    yaw: Doubles
    pitch: Doubles

    @classmethod
    def fit(cls, mesh: list[HeadPose], truth: Floats) -> Self:
        """Learn it from poses of rendered faces and their truth (N, 3)."""
        yaw = np.array([pose.yaw_deg for pose in mesh])
        pitch = np.array([pose.pitch_deg for pose in mesh])
        odd = np.column_stack([yaw, yaw**3])
        line = np.column_stack([pitch, np.ones(len(mesh)), np.abs(yaw)])
        return cls(_robust(odd, truth[:, 0]), _robust(line, truth[:, 1]))

    def apply(self, pose: HeadPose) -> HeadPose:
        """Return the pose on the renderer's scale."""
        y, p = pose.yaw_deg, pose.pitch_deg
        return replace(
            pose,
            yaw_deg=float(self.yaw @ (y, y**3)),
            pitch_deg=float(self.pitch @ (p, 1.0, abs(y))),
        )


def _robust(inputs: Doubles, wanted: Floats, rounds: int = 5) -> Doubles:
    """Least squares in which rows that are far off lose their weight."""
    weights = np.ones(len(inputs))
    for _ in range(rounds):
        scaled = inputs * weights[:, None]
        solution = np.linalg.lstsq(scaled, wanted * weights, rcond=None)[0]
        weights = 1 / np.sqrt(1 + np.square((inputs @ solution - wanted) / 5))
    return np.asarray(solution)


def prepare(data: Path, teacher: Path, calibration: Path, renders: Faces) -> tuple[Faces, Faces]:
    """Return the real faces to learn from, and those of `faces68` kept apart.

    Args:
        data: folder of the sets.
        teacher: what `teach.py` saw in them.
        calibration: what it saw in the chips of `renders`, in files named by their row.
        renders: rendered faces with their truth.

    """
    names, meshes = _load(teacher)
    row_of = {Path(name).resolve(): row for row, name in enumerate(names)}
    points, differ = merged_views(meshes)
    known = list(pictures(data))
    frontal = differ < SURE_SMALL / 2
    mean = MeanFace.of(meshes[frontal, 0])
    scale = _pose_scale(mean, calibration, renders)
    mapping = _points_map(known, row_of, points, differ)
    faces: list[Face] = []
    held: list[bool] = []
    for picture in known:
        row = row_of.get(picture.path.resolve())
        sure = row is not None and differ[row] < (SURE_SMALL if picture.source == "drivface" else SURE)
        if sure and picture.marked is not None:
            sure = _distance(points[row], picture.marked) < WRONG
        if not sure and picture.marked is None:
            continue
        mesh = points[row] if sure else None
        pose = scale.apply(mean.pose_of(meshes[row, 0])) if sure else None
        faces.append(_face(picture, mesh, pose, mapping))
        held.append(picture.marked is not None and is_held(picture.path))
    rows = np.array(held)
    everything = Faces.stacked(faces)
    apart = everything[rows]
    return _without(everything[~rows], apart), apart


def _load(path: Path) -> tuple[list[str], NDArray[np.float32]]:
    with np.load(path) as file:
        return [str(name) for name in file["names"]], file["meshes"]


def _pose_scale(mean: MeanFace, calibration: Path, renders: Faces) -> PoseScale:
    names, meshes = _load(calibration)
    rows = np.array([int(Path(name).stem) for name in names])
    found = np.isfinite(meshes[:, 0, 0, 0])
    poses = [mean.pose_of(mesh) for mesh in meshes[found, 0]]
    scale = PoseScale.fit(poses, renders.pose[rows[found]])
    away = [abs(scale.apply(p).yaw_deg - t) for p, t in zip(poses, renders.pose[rows[found], 0], strict=True)]
    print(f"teacher's yaw on {len(away)} renders: median error {np.median(away):.1f}°, {scale}")
    return scale


def _points_map(known: list[Picture], row_of: dict[Path, int], points: Doubles, differ: Doubles) -> PointsMap:
    pairs = [
        (points[row], picture.marked)
        for picture in known
        if picture.marked is not None
        and not is_held(picture.path)
        and (row := row_of.get(picture.path.resolve())) is not None
        and differ[row] < SURE
        and _distance(points[row], picture.marked) < WRONG
    ]
    return PointsMap.fit(np.stack([a for a, _ in pairs]), np.stack([b for _, b in pairs]).astype(float))


def _distance(mesh: Doubles, marked: Floats) -> float:
    """Mean over eyes and lips, in outer eye distances."""
    away = np.linalg.norm(mesh[36:, :2] - marked[36:], axis=1).mean()
    return float(away / np.linalg.norm(marked[36] - marked[45]))


def _face(picture: Picture, mesh: Doubles | None, pose: HeadPose | None, mapping: PointsMap) -> Face:
    gray = read_gray(picture.path)
    weights = np.ones(68, np.float32)
    if picture.marked is not None:
        points = picture.marked
    else:
        points = _mapped(known(mesh), mapping)
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


def _without(faces: Faces, apart: Faces) -> Faces:
    """Drop what shows the same picture as one of those kept apart."""
    alike = (_thumbnails(faces) @ _thumbnails(apart).T).max(1)
    print(f"{(alike > SAME_PICTURE).sum()} of {len(faces)} repeat a picture kept apart and are dropped")
    return faces[alike <= SAME_PICTURE]


def _thumbnails(faces: Faces) -> Floats:
    small = np.stack([cv2.resize(chip, (24, 24), interpolation=cv2.INTER_AREA) for chip in faces.chips])
    flat = small.reshape(len(faces), -1).astype(np.float32)
    flat -= flat.mean(1, keepdims=True)
    return np.asarray(flat / (np.linalg.norm(flat, axis=1, keepdims=True) + 1e-6))
