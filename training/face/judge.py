"""Judging the follower: on the points kept apart, and on rendered people it never saw."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivermon.config import DrowsinessSettings
from drivermon.perception.box import Box
from drivermon.perception.face_crop import crop_round
from drivermon.perception.follower import FaceFollower, FollowedFace
from drivermon.perception.landmarks import Landmarks68, square_of_points
from training.face import covers
from training.face.faces import Faces, Floats
from training.face.mesh import Doubles
from training.face.renders import render_person, skin_tone

JUDGED_FROM_SEED = 900_000
"""The people of the judgement; training takes its own from lower seeds."""

OPEN_APERTURE = 0.285
"""Of the renderer's average eye, in whose shares the error of the aperture is given."""

SEEN, SHUT = DrowsinessSettings().visible, 0.4
"""An eye is called visible from this score on, shut below this share of the open aperture."""

PRESENT = 0.5
"""A face is called present from this score on."""

TONE_BOUNDS = (1.4, 2.8, 4.2, 5.6)
"""Between five groups of skin tones, 0 to 7."""

JITTERS = ((0.0, 0.0, 1.0), (0.08, -0.06, 1.1), (-0.07, 0.08, 0.9))
"""Crops that are off by shares of their side, and by a factor: where a moving face is when it is followed."""

GROUPS = {"points_all": slice(0, 68), "points_eyes": slice(36, 48), "points_lips": slice(48, 68)}


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number, and its target where there is one."""

    name: str
    value: float
    at_most: float | None = None

    @property
    def passed(self) -> bool:
        """Say whether the target is met; no target is always met."""
        return self.at_most is None or self.value <= self.at_most


def point_errors(said: Sequence[Doubles], truth: Floats) -> dict[str, float]:
    """Return mean errors in % of the outer eye distance, by group of points; `truth` is (N, 68, 2)."""
    across = np.linalg.norm(truth[:, 36] - truth[:, 45], axis=1)
    away = 100 * np.linalg.norm(np.stack(said) - truth, axis=2) / across[:, None]
    return {name: float(away[:, group].mean()) for name, group in GROUPS.items()}


def judge_points(follower: FaceFollower, held: Faces) -> list[Figure]:
    """Judge the points on faces that people marked, found as the runtime finds them."""
    said = [
        _acquired(follower, chip, points).points for chip, points in zip(held.chips, held.points, strict=True)
    ]
    errors = point_errors(said, held.points)
    figures = [
        Figure("all points, % of outer eye distance", errors["points_all"], 5.5),
        Figure("eye points", errors["points_eyes"], 3.5),
        Figure("lip points", errors["points_lips"]),
    ]
    aside = (np.abs(held.pose[:, 0]) > 25) & (held.pose_weights > 0)
    if aside.any():
        rows = np.flatnonzero(aside)
        turned = point_errors([said[row] for row in rows], held.points[rows])["points_eyes"]
        figures.append(Figure(f"eye points at yaw over 25° ({len(rows)} faces)", turned))
    return figures


def judge_dlib(landmarks: Landmarks68, held: Faces) -> dict[str, float]:
    """Return what dlib's points make of the same faces, in true boxes; it was likely trained on them."""
    said, truth = [], []
    for chip, points in zip(held.chips, held.points, strict=True):
        shape = landmarks.fit(chip, square_of_points(points.astype(np.float32)))
        if shape is not None:
            said.append(np.asarray(shape.points, float))
            truth.append(points)
    errors = point_errors(said, np.stack(truth))
    return {**errors, "fitted": len(said) / len(held)}


def judge_renders(follower: FaceFollower, people: int, frames: int = 14) -> list[Figure]:
    """Judge pose, lids and visibility against the truth of rendered people."""
    rows = [
        (seed, face)
        for seed in range(JUDGED_FROM_SEED, JUDGED_FROM_SEED + people)
        for face in render_person(seed, frames)
    ]
    faces = Faces.stacked([face for _, face in rows])
    real = (faces.present > 0.5) & (faces.share == 1)
    said = [
        _followed(follower, chip, points, index)
        for index, (chip, points) in enumerate(zip(faces.chips[real], faces.points[real], strict=True))
    ]
    faces = faces[real]
    tones = np.array([skin_tone(seed) for seed, _ in rows])[real]
    figures = _pose_figures(said, faces) + _eye_figures(said, faces) + [_across_tones(said, faces, tones)]
    present = np.array([face.present for face in said])
    figures.append(Figure("faces not called present, share", float((present < PRESENT).mean()), 0.02))
    return [*figures, _reflections(follower, faces)]


def _pose_figures(said: list[FollowedFace], faces: Faces) -> list[Figure]:
    yaw = np.array([face.pose.yaw_deg for face in said])
    pitch = np.array([face.pose.pitch_deg for face in said])
    away = np.abs(faces.pose[:, 0])
    off = np.abs(yaw - faces.pose[:, 0])
    steep = np.abs(faces.pose[:, 1]) < 30
    return [
        Figure("yaw MAE to 45°, degrees", float(off[(away <= 45) & steep].mean()), 4.0),
        Figure(
            "yaw MAE from 45° to 75°, degrees", float(off[(away > 45) & (away <= 75) & steep].mean()), 8.0
        ),
        Figure(
            "pitch MAE to 45° of yaw, degrees", float(np.abs(pitch - faces.pose[:, 1])[away <= 45].mean())
        ),
    ]


def _eye_figures(said: list[FollowedFace], faces: Faces) -> list[Figure]:
    aperture = _eyes(said, "aperture")
    visible = _eyes(said, "visible")
    known = faces.aperture_weights > 0.5
    off = np.abs(aperture - faces.aperture)[known] / OPEN_APERTURE
    is_open, is_shut = faces.aperture[known] > 0.2, faces.aperture[known] < 0.03
    called_shut = aperture[known] < SHUT * OPEN_APERTURE
    balanced = (called_shut[is_shut].mean() + (~called_shut)[is_open].mean()) / 2
    hidden = (faces.visible < 0.5) & (faces.visible_weights > 0.5)
    seen = (faces.visible > 0.5) & (faces.visible_weights > 0.5)
    return [
        Figure("aperture MAE, share of open", float(off.mean()), 0.08),
        Figure("eyes open or shut, balanced error", float(1 - balanced), 0.03),
        Figure("hidden eyes called visible, share", float((visible[hidden] >= SEEN).mean())),
        Figure("visible eyes called hidden, share", float((visible[seen] < SEEN).mean())),
    ]


def _across_tones(said: list[FollowedFace], faces: Faces, tones: Floats) -> Figure:
    """Compare the error of the aperture on the skin tones where it is largest and smallest."""
    known = faces.aperture_weights > 0.5
    off = np.abs(_eyes(said, "aperture") - faces.aperture)
    groups = np.digitize(tones, TONE_BOUNDS)
    means = [float(off[known & (groups == group)[:, None]].mean()) for group in np.unique(groups)]
    return Figure("aperture MAE, worst skin tones over best", max(means) / min(means), 1.5)


def _reflections(follower: FaceFollower, faces: Faces) -> Figure:
    """Open eyes behind glasses with reflections that are called shut and visible."""
    random = np.random.default_rng(3)
    wrong = total = 0
    frontal = (np.abs(faces.pose[:, 0]) < 35) & (faces.aperture.min(1) > 0.2) & (faces.visible.min(1) > 0.5)
    for row in np.flatnonzero(frontal):
        chip, opacity = covers.put_on_glasses(faces.chips[row], faces.points[row], random)
        if not opacity.any():
            continue
        face = _acquired(follower, chip, faces.points[row])
        for eye in (face.right_eye, face.left_eye):
            wrong += eye.visible >= SEEN and eye.aperture < SHUT * OPEN_APERTURE
            total += 1
    return Figure("open eyes behind reflections called shut and visible", wrong / max(total, 1), 0.02)


def _eyes(said: list[FollowedFace], name: str) -> Floats:
    return np.array([[getattr(face.right_eye, name), getattr(face.left_eye, name)] for face in said])


def _acquired(follower: FaceFollower, chip: NDArray[np.uint8], points: Floats) -> FollowedFace:
    low, high = points.min(0), points.max(0)
    return follower.acquire(chip, Box(float(low[0]), float(low[1]), *(float(v) for v in high - low)))


def _followed(follower: FaceFollower, chip: NDArray[np.uint8], points: Floats, index: int) -> FollowedFace:
    """Measure a face in a crop that is a little off."""
    across, down, factor = JITTERS[index % len(JITTERS)]
    crop = crop_round(points, 0.0)
    side = crop.side_px
    x, y = crop.center
    moved = type(crop)((x + across * side, y + down * side), side * factor, 0.0)
    return follower.follow(chip, moved)


def table(figures: list[Figure]) -> str:
    """Write the figures as Markdown."""
    lines = ["| figure | measured | target | |", "|---|---|---|---|"]
    for figure in figures:
        target = "–" if figure.at_most is None else f"≤ {figure.at_most:g}"
        verdict = "" if figure.at_most is None else ("met" if figure.passed else "**missed**")
        lines.append(f"| {figure.name} | {figure.value:.3f} | {target} | {verdict} |")
    return "\n".join(lines)
