"""Rendered drivers with exact truth: any person, light, pose, lids, mouth, glasses; backs of heads too."""

import math
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from drivermon.emotions import EMOTIONS
from drivermon.errors import SimulationError
from drivermon.perception.face_crop import crop_round, moved
from drivermon.perception.head_pose import HeadPose
from drivermon.perception.head_rotation import tilt_deg, turned
from drivermon.simulation import Camera, DriverParameters, Light, Renderer, Truth, random_identity
from training.face.faces import CHIP_MARGIN, CHIP_PX, LEFT, RIGHT, Face, Faces, Floats

T = TypeVar("T")

PICTURE_PX = 384
HALF_WIDTH_M = 0.20
"""What the picture shows to each side of the face."""

FRAMES_PER_PERSON = 28
FROM_BEHIND = 0.06
"""Share of the people who are seen from behind: their heads are no faces."""

FACE_YAW_DEG, NO_FACE_YAW_DEG = 88.0, 112.0
"""A face to the one, none from the other; between, nobody can say."""

SEEN_WIDTH, HIDDEN_WIDTH = 0.45, 0.30
"""Width of an eye in the picture, in widths of the other one: it can be judged, or it can't. Between, the
truth of an eye that turns away is not sharp."""


def render_people(first_seed: int, people: int, folder: Path) -> None:
    """Render people into one file each twenty; a file that is there is not made again."""
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(first_seed, first_seed + people, 20):
        path = folder / f"renders-{start:06}.npz"
        if path.is_file():
            continue
        rows = [face for seed in range(start, start + 20) for face in render_person(seed)]
        Faces.stacked(rows).save(path)
        print(f"{path.name}: {len(rows)} faces", flush=True)


def render_person(seed: int, frames: int = FRAMES_PER_PERSON) -> list[Face]:
    """Render one person in many ways; the same seed gives the same faces."""
    random = np.random.default_rng([68, seed])
    identity = random_identity(seed, tone=_tone(random))
    worn = random.random(4) < (0.33, 0.12, 0.12, 0.08)
    identity = replace(
        identity,
        glasses=bool(worn[0]),
        sunglasses=bool(worn[1]),
        cap=bool(worn[2]),
        mask=bool(worn[3]),
    )
    behind = bool(random.random() < FROM_BEHIND)
    renderer = Renderer(identity, _camera(random, behind=behind))
    camera = renderer.camera
    toward = DriverParameters(yaw_deg=camera.mount_yaw_deg, pitch_deg=camera.mount_pitch_deg)
    _, frontal = renderer.render(toward)
    open_ear = (known(frontal.right_ear), known(frontal.left_ear))
    faces = []
    for index in range(frames):
        sensor = replace(camera, noise=float(random.uniform(0.5, 5)), blur_px=float(random.uniform(0.2, 1.1)))
        parameters = _parameters(random, camera, behind)
        picture, truth = renderer.render(parameters, _light(random), seed=index, camera=sensor)
        faces.append(_face(picture, truth, open_ear))
    return faces


def skin_tone(seed: int) -> float:
    """Return the skin tone, 0 (lightest) to 7, of the person that `render_person` renders."""
    return _tone(np.random.default_rng([68, seed]))


def _tone(random: Generator) -> float:
    return float(random.uniform(0, 7))


def _camera(random: Generator, *, behind: bool) -> Camera:
    distance_m = float(random.uniform(0.42, 1.1))
    side = float(random.choice([-1, 1]))
    return Camera(
        width=PICTURE_PX,
        height=PICTURE_PX,
        horizontal_fov_deg=2 * math.degrees(math.atan(HALF_WIDTH_M / distance_m)),
        distance_m=distance_m,
        mount_yaw_deg=60.0 * side if behind else float(random.uniform(-25, 25)),
        mount_pitch_deg=float(random.uniform(-10, 10)),
        gray=True,
    )


def _light(random: Generator) -> Light:
    kind = str(random.choice(["day", "low_sun", "night_ir"], p=[0.4, 0.25, 0.35]))
    intensity = float(np.exp(random.normal(0, 0.3)))
    return Light(kind=kind, side_deg=float(random.uniform(-110, 110)), intensity=intensity)  # type: ignore[arg-type]


def _parameters(random: Generator, camera: Camera, behind: bool) -> DriverParameters:
    """Draw what the driver does; the pose is drawn as the camera sees it."""
    if behind:
        yaw = -math.copysign(random.uniform(48, 90), camera.mount_yaw_deg)
    else:
        seen = random.normal(0, 20) if random.random() < 0.5 else random.uniform(-88, 88)
        yaw = float(np.clip(seen + camera.mount_yaw_deg, -90, 90))
    pitch = float(np.clip(random.normal(-4, 13), -38, 34))
    aperture = _aperture(random)
    jaw = random.choice([0.0, random.uniform(0.03, 0.35), random.uniform(0.4, 1)], p=[0.5, 0.2, 0.3])
    shown = {str(random.choice(EMOTIONS)): float(random.uniform(0.2, 1))} if random.random() < 0.4 else {}
    return DriverParameters(
        yaw_deg=float(yaw),
        pitch_deg=pitch,
        roll_deg=float(np.clip(random.normal(0, 10), -38, 38)),
        left_aperture=aperture,
        right_aperture=aperture if random.random() < 0.92 else _aperture(random),
        gaze_yaw_deg=float(np.clip(random.normal(0, 13), -40, 40)),
        gaze_pitch_deg=float(np.clip(random.normal(-3, 9), -35, 35)),
        jaw=float(jaw),
        expression=shown,
        seat_m=(0.0, 0.0, float(random.uniform(-0.04, 0.06))),
        hand=float(random.uniform(0.3, 1)) if random.random() < 0.08 else 0.0,
    )


def _aperture(random: Generator) -> float:
    kinds = (0.0, random.uniform(0, 0.25), random.uniform(0.2, 0.85), random.uniform(0.85, 1.2))
    return float(random.choice(kinds, p=[0.26, 0.1, 0.2, 0.44]))


def _face(picture: NDArray[np.uint8], truth: Truth, open_ear: tuple[float, float]) -> Face:
    points = np.asarray(known(truth.points68) - 0.5, np.float32)  # from borders to centres of pixels
    pose = HeadPose(known(truth.yaw_deg), known(truth.pitch_deg), known(truth.roll_deg))
    away = abs(pose.yaw_deg)
    if away > FACE_YAW_DEG:
        chip, _ = cut_chip(picture, points, 0.0)
        surely_none = away > NO_FACE_YAW_DEG
        nothing = np.zeros((68, 2), np.float32), np.zeros(68, np.float32)
        return Face(chip, *nothing, present=0.0, share=float(surely_none), source="behind")
    chip, placed = cut_chip(picture, points, tilt_deg(pose))
    upright = turned(pose, -tilt_deg(pose))
    seen = (truth.right_eye_visible, truth.left_eye_visible)
    visible, trust = visibility(points, seen)
    shares = (known(truth.right_aperture), known(truth.left_aperture))
    weights = np.where(known(truth.points68_visible), 1.0, 0.4).astype(np.float32)
    return Face(
        chip,
        placed,
        weights,
        aperture=(shares[0] * open_ear[0], shares[1] * open_ear[1]),
        aperture_weights=(visible[0] * trust[0], visible[1] * trust[1]),
        visible=visible,
        visible_weights=trust,
        mouth=min(float(truth.inner_lip_ratio or 0.0), 1.6),
        mouth_weights=float(truth.mouth_visible),
        pose=(upright.yaw_deg, upright.pitch_deg, upright.roll_deg),
        pose_weights=1.0,
        share=0.3 if not truth.face_visible else 1.0,
        source="render",
    )


def visibility(points: Floats, seen: tuple[bool, bool]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return visibility and weight of right and left eye by their widths; `seen` has nothing before it."""
    widths = [float(np.linalg.norm(points[eye][3] - points[eye][0])) for eye in (RIGHT, LEFT)]
    ratios = (widths[0] / max(widths[1], 1e-3), widths[1] / max(widths[0], 1e-3))
    wide = [ratio >= SEEN_WIDTH for ratio in ratios]
    sure = [seen_wide or ratio < HIDDEN_WIDTH for seen_wide, ratio in zip(wide, ratios, strict=True)]
    visible = float(seen[0] and wide[0]), float(seen[1] and wide[1])
    return visible, (float(sure[0] or not seen[0]), float(sure[1] or not seen[1]))


def known(value: T | None) -> T:
    """Return what the truth of a frame with a driver must have.

    Raises:
        SimulationError: it doesn't.

    """
    if value is None:
        raise SimulationError("the truth of a rendered driver has a gap: was the frame rendered without one?")
    return value


def cut_chip(gray: NDArray[np.uint8], points: Floats, roll_deg: float) -> tuple[NDArray[np.uint8], Floats]:
    """Return the chip of a face in a gray picture, and its points there."""
    crop = crop_round(points, roll_deg, CHIP_MARGIN)
    placed = moved(points, crop.matrix(CHIP_PX)).astype(np.float32)
    return crop.cut(gray, CHIP_PX), placed


def render_empty_cabins(first_seed: int, count: int) -> list[NDArray[np.uint8]]:
    """Render gray cabins (240, 320) without a driver."""
    cv2.setNumThreads(1)
    pictures = []
    for seed in range(first_seed, first_seed + count):
        random = np.random.default_rng([69, seed])
        camera = Camera(
            width=320,
            height=240,
            horizontal_fov_deg=float(random.uniform(40, 75)),
            mount_yaw_deg=float(random.uniform(-35, 35)),
            gray=True,
        )
        empty = DriverParameters(present=False)
        picture, _ = Renderer(random_identity(seed), camera).render(empty, _light(random), seed=seed)
        pictures.append(picture)
    return pictures


def render_scene(random: Generator, renderer: Renderer, seed: int) -> tuple[NDArray[np.uint8], Floats]:
    """Render a whole cabin; return it and the box of the driver's face, NaN where there is none to find."""
    parameters = replace(_parameters(random, renderer.camera, False), passenger=0.0)
    seat = (float(random.normal(0, 0.08)), float(random.normal(0, 0.04)), float(random.uniform(-0.15, 0.1)))
    parameters = replace(parameters, seat_m=seat, present=bool(random.random() < 0.9))
    picture, truth = renderer.render(parameters, _light(random), seed=seed)
    box = np.full(4, np.nan, np.float32)
    if truth.box is not None and truth.yaw_deg is not None and abs(truth.yaw_deg) < FACE_YAW_DEG:
        box = np.asarray(truth.box, np.float32)
    return picture, box


def render_scenes(first_seed: int, people: int, each: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Render gray cabins (N, 240, 320) with people in them, and boxes x, y, width, height (N, 4)."""
    pictures, boxes = [], []
    for seed in range(first_seed, first_seed + people):
        random = np.random.default_rng([70, seed])
        behind = bool(random.random() < 0.1)
        camera = replace(
            _camera(random, behind=behind),
            width=320,
            height=240,
            horizontal_fov_deg=float(random.uniform(35, 70)),
            noise=float(random.uniform(0.5, 5)),
        )
        renderer = Renderer(random_identity(seed, tone=float(random.uniform(0, 7))), camera)
        for index in range(each):
            picture, box = render_scene(random, renderer, index)
            pictures.append(picture)
            boxes.append(box)
        if seed % 20 == 19:
            print(f"{len(pictures)} scenes", flush=True)
    return np.stack(pictures), np.stack(boxes)
