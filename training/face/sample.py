"""One training sample of the follower: a face drawn, changed, cropped as the runtime may crop it, and lit."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from drivermon.perception.face_crop import MARGIN, moved
from drivermon.perception.head_pose import HeadPose
from drivermon.perception.head_rotation import turned
from training.face import covers, light
from training.face.backgrounds import shuffled
from training.face.faces import INNER_LIPS, MIRRORED, Faces, Floats, lip_ratio
from training.face.warps import open_mouth, shut_lids

CROP_PX = 224
SHARPER = CROP_PX / light.USUAL_PX
"""By how much finer a crop is than the pictures for which blur is drawn."""

ROLL_STD_DEG, MAX_ROLL_DEG = 12.0, 35.0
NEGATIVES = 0.16
"""Share of the samples that show no face, or only a part of one at the crop's edge."""

LEAST_SHIFT, MOST_SHIFT = 0.5, 0.95
"""How far a crop has slid off, in its own sides, that counts as lost."""

LOOSE = 0.25
"""Share of the crops that are far off, as after a head has turned fast."""

HIDDEN_POINT = 0.4
MAX_GLASSES_YAW_DEG = 40.0
CUT_OFF, CUT_OFF_ASIDE, ASIDE_DEG = 0.08, 0.25, 30.0
"""Share of the faces that the picture's edge cuts; a head that turns far often leaves the picture."""


@dataclass(slots=True)
class Sample:
    """What the network sees, and what it should say; see `Faces` for the fields."""

    image: NDArray[np.uint8]
    points: Floats
    point_weights: Floats
    aperture: Floats
    aperture_weights: Floats
    visible: Floats
    visible_weights: Floats
    mouth: float
    mouth_weight: float
    pose: Floats
    pose_weight: float
    present: float


class Sampler:
    """Draws samples from faces and from pictures without any."""

    def __init__(self, faces: Faces, shares: dict[str, float], backgrounds: list[NDArray[np.uint8]]) -> None:
        """Take the material.

        Args:
            faces: all of them.
            shares: how much of the samples comes from each source.
            backgrounds: gray pictures without a face, at least 120 px high and wide.

        """
        self._faces, self._backgrounds = faces, backgrounds
        odds = np.zeros(len(faces))
        for source, share in shares.items():
            rows = (faces.source == source) & (faces.share > 0)
            if rows.any():
                odds[rows] = share * faces.share[rows] / faces.share[rows].sum()
        self._cumulated = np.cumsum(odds / odds.sum())

    def draw(self, random: Generator) -> Sample:
        """Return one sample."""
        if random.random() < NEGATIVES:
            return self._negative(random)
        row = self._row(random)
        if self._faces.present[row] < 0.5:
            return _nothing(_finished(self._cut(row, random, slide=False)[0], random))
        return self._positive(row, random)

    def _row(self, random: Generator) -> int:
        return min(int(np.searchsorted(self._cumulated, random.random())), len(self._faces) - 1)

    def _positive(self, row: int, random: Generator) -> Sample:
        faces = self._faces
        chip, points = faces.chips[row], faces.points[row]
        aperture, trust = faces.aperture[row].copy(), faces.aperture_weights[row].copy()
        visible, seen = faces.visible[row].copy(), faces.visible_weights[row].copy()
        mouth, pose = float(faces.mouth[row]), faces.pose[row]
        if faces.source[row] != "render":
            judged = trust > 0
            if judged.any() and aperture[judged].min() > 0.17 and random.random() < 0.36:
                share = float(random.choice([0, 0, 0.1, 0.25, 0.45, 0.7]))
                shares = np.where(judged, share, 1.0)
                if random.random() < 0.3:
                    shares[random.integers(2)] = 1.0
                chip, points, left = shut_lids(chip, points, (float(shares[0]), float(shares[1])))
                aperture *= np.array(left, np.float32)
            may_open = faces.mouth_weights[row] > 0 and mouth < 0.45 and abs(pose[0]) < 35
            if may_open and random.random() < 0.18:
                chip, points = open_mouth(chip, points, random)
                mouth = min(lip_ratio(points[INNER_LIPS]), 1.6)
        opacity = np.zeros(chip.shape, np.float32)
        if random.random() < 0.26 and abs(pose[0]) < MAX_GLASSES_YAW_DEG:
            chip, opacity = covers.put_on_glasses(chip, points, random)
        if random.random() < (CUT_OFF_ASIDE if abs(pose[0]) > ASIDE_DEG else CUT_OFF):
            chip, ended = covers.cut_off(chip, random)
            opacity = np.maximum(opacity, ended)
        image, matrix, angle_deg = self._cut(row, random, slide=False, chip=chip)
        placed = moved(points, matrix).astype(np.float32)
        if opacity.any():
            opacity = np.asarray(cv2.warpAffine(opacity, matrix, (CROP_PX, CROP_PX)), np.float32)
        else:
            opacity = np.zeros((CROP_PX, CROP_PX), np.float32)
        if random.random() < 0.24:
            image, patch = covers.cover_part(image, random)
            opacity = np.maximum(opacity, patch)
        covered = covers.eye_cover(opacity, placed)
        hidden = covered >= covers.HIDDEN_FROM
        visible[hidden] = 0
        seen[hidden] = 1
        seen[(covered >= covers.SEEN_BELOW) & ~hidden & (visible > 0)] = 0
        trust *= covered < covers.SEEN_BELOW
        weights = faces.point_weights[row] * _open_view(opacity, placed)
        inside = ((placed > -0.5) & (placed < CROP_PX - 0.5)).all(1)
        weights *= np.where(inside, 1.0, HIDDEN_POINT)
        angles = turned(HeadPose(*(float(v) for v in pose)), -angle_deg)
        lips = weights[INNER_LIPS].mean() / max(float(faces.point_weights[row][INNER_LIPS].mean()), 1e-6)
        sample = Sample(
            _finished(image, random),
            placed / CROP_PX - np.float32(0.5),
            weights.astype(np.float32),
            aperture,
            trust,
            visible,
            seen,
            mouth,
            float(faces.mouth_weights[row]) * float(lips > 0.7),
            np.array([angles.yaw_deg, angles.pitch_deg, angles.roll_deg], np.float32),
            float(faces.pose_weights[row]),
            1.0,
        )
        return mirrored(sample) if random.random() < 0.5 else sample

    def _negative(self, random: Generator) -> Sample:
        kind = random.random()
        if kind < 0.4:
            image = self._cut(self._row(random), random, slide=True)[0]
        elif kind < 0.52:
            face = shuffled(self._faces.chips[self._row(random)], random)
            image = np.asarray(cv2.resize(face, (CROP_PX, CROP_PX)), np.uint8)
        else:
            picture = self._backgrounds[int(random.integers(len(self._backgrounds)))]
            side = int(random.uniform(50, min(picture.shape)))
            top, left = (int(random.integers(limit - side + 1)) for limit in picture.shape)
            part = picture[top : top + side, left : left + side]
            image = np.asarray(cv2.resize(part, (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA), np.uint8)
        return _nothing(_finished(image, random))

    def _cut(
        self, row: int, random: Generator, *, slide: bool, chip: NDArray[np.uint8] | None = None
    ) -> tuple[NDArray[np.uint8], Floats, float]:
        """Return a crop, the map to it, and by how many degrees the crop is turned clockwise."""
        faces = self._faces
        chip = faces.chips[row] if chip is None else chip
        if faces.present[row] > 0.5:
            low, high = faces.points[row].min(0), faces.points[row].max(0)
        else:
            low, high = np.full(2, 0.28 * chip.shape[0]), np.full(2, 0.72 * chip.shape[0])
        center, side = (low + high) / 2, float((high - low).max()) * MARGIN
        angle = float(np.clip(random.normal(0, ROLL_STD_DEG), -MAX_ROLL_DEG, MAX_ROLL_DEG))
        if slide:
            kind = random.random()
            if kind < 0.6:
                away, toward = random.uniform(LEAST_SHIFT, MOST_SHIFT), random.uniform(0, 2 * math.pi)
                reach = away * side / max(abs(math.cos(toward)), abs(math.sin(toward)))
                center = center + reach * np.array([math.cos(toward), math.sin(toward)])
                side *= random.uniform(0.85, 1.15)
            elif kind < 0.8:  # far too near: a cheek, a mouth
                center = center + random.uniform(-0.25, 0.25, 2) * side
                side *= random.uniform(0.22, 0.42)
            else:  # half a face
                center = center + side * np.array(
                    [random.choice([-1, 1]) * random.uniform(0.42, 0.6), random.uniform(-0.1, 0.1)]
                )
        else:
            loose = random.random() < LOOSE
            spread = 0.3 if loose else 0.1
            center = center + random.uniform(-spread, spread, 2) * side
            side *= random.uniform(0.85, 1.4) if loose else random.uniform(0.88, 1.14)
        scale, turn = CROP_PX / side, math.radians(angle)
        cosine, sine = scale * math.cos(turn), scale * math.sin(turn)
        linear = np.array([[cosine, sine], [-sine, cosine]])
        matrix = np.column_stack([linear, (CROP_PX - 1) / 2 - linear @ center]).astype(np.float32)
        image = cv2.warpAffine(chip, matrix, (CROP_PX, CROP_PX), borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(image, np.uint8), matrix, angle


def _open_view(opacity: Floats, points: Floats) -> Floats:
    columns, rows = (np.clip(np.rint(axis).astype(int), 0, CROP_PX - 1) for axis in points.T)
    return np.where(opacity[rows, columns] > 0.5, HIDDEN_POINT, 1.0).astype(np.float32)


def _finished(image: NDArray[np.uint8], random: Generator) -> NDArray[np.uint8]:
    return light.sense(light.blur(light.expose(image, random), random, SHARPER), random)


def mirrored(sample: Sample) -> Sample:
    """Return the sample of the mirrored picture."""
    points = sample.points[MIRRORED] * np.array([-1.0, 1.0], np.float32)
    points[:, 0] -= np.float32(1 / CROP_PX)  # the mirror stands between pixels
    return Sample(
        np.ascontiguousarray(sample.image[:, ::-1]),
        points,
        sample.point_weights[MIRRORED],
        sample.aperture[::-1].copy(),
        sample.aperture_weights[::-1].copy(),
        sample.visible[::-1].copy(),
        sample.visible_weights[::-1].copy(),
        sample.mouth,
        sample.mouth_weight,
        sample.pose * np.array([-1.0, 1.0, -1.0], np.float32),
        sample.pose_weight,
        sample.present,
    )


def _nothing(image: NDArray[np.uint8]) -> Sample:
    """A crop without a face: neither eye can be judged, all else is unknown."""
    two = np.zeros(2, np.float32)
    return Sample(
        image,
        np.zeros((68, 2), np.float32),
        np.zeros(68, np.float32),
        two,
        two,
        two,
        np.full(2, 0.5, np.float32),
        0.0,
        0.0,
        np.zeros(3, np.float32),
        0.0,
        0.0,
    )
