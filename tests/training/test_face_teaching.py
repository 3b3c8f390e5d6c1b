from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from drivermon.perception.face_crop import moved
from drivermon.perception.head_pose import HeadPose
from drivermon.perception.head_rotation import rotation_of
from training.face.faces import CHIP_PX, MIRRORED, eye_aspect_ratio
from training.face.mesh import VERTICES_68, MeanFace, PointsMap, eye_frame, merged_views
from training.face.renders import known, render_person, visibility
from training.face.sources import is_held

Meshes = NDArray[np.float32]


def meshes_of(poses: list[HeadPose], seed: int = 0) -> Meshes:
    """Meshes of one random face in these poses, with a little noise, (N, 478, 3)."""
    random = np.random.default_rng(seed)
    face = random.normal(0, 40, (478, 3))
    face[:, 0] -= face[:, 0].mean()
    turned = [face @ rotation_of(pose).T + (200, 150, 0) + random.normal(0, 0.3, (478, 3)) for pose in poses]
    return np.stack(turned).astype(np.float32)


def test_the_mean_face_tells_poses_against_each_other() -> None:
    poses = [
        HeadPose(yaw, pitch, roll) for yaw in (-30, 0, 30) for pitch in (-10, 0, 10) for roll in (-5, 0, 5)
    ]
    meshes = meshes_of(poses)
    said = [MeanFace.of(meshes).pose_of(mesh) for mesh in meshes]
    middle = said[poses.index(HeadPose(0, 0, 0))]
    for pose, found in zip(poses, said, strict=True):
        assert found.yaw_deg - middle.yaw_deg == pytest.approx(pose.yaw_deg, abs=2.0)
        assert found.pitch_deg - middle.pitch_deg == pytest.approx(pose.pitch_deg, abs=2.0)


def test_points_that_move_with_the_expression_count_less() -> None:
    meshes = meshes_of([HeadPose(yaw, 0, 0) for yaw in range(-20, 21, 4)])
    meshes[::2, :100, 1] += 15
    weights = MeanFace.of(meshes).weights
    assert weights[:100].max() < weights[100:].min()
    assert weights.sum() == pytest.approx(1.0)


def test_the_map_learns_where_people_mark_what_the_mesh_shows_elsewhere() -> None:
    random = np.random.default_rng(1)
    base = random.normal(0, 30, (68, 3))
    base[36:42, 0] -= 60
    base[42:48, 0] += 60
    meshes = base + random.normal(0, 2, (400, 68, 3)) + random.normal(0, 50, (400, 1, 3))
    marked = meshes[..., :2] + np.array([0.0, 4.0])  # everything 4 pixels lower
    mapping = PointsMap.fit(meshes[:300], marked[:300])
    for mesh, points in zip(meshes[300:], marked[300:], strict=True):
        assert np.abs(mapping.apply(mesh) - points).mean() < 1.0  # 2.0 without the map


def test_the_eyes_frame_puts_the_eyes_at_0_and_1() -> None:
    points = np.random.default_rng(2).normal(0, 30, (68, 3))
    placed = moved(points[:, :2], eye_frame(points))
    np.testing.assert_allclose(placed[36:42].mean(0), (0, 0), atol=1e-9)
    np.testing.assert_allclose(placed[42:48].mean(0), (1, 0), atol=1e-9)


def test_two_views_of_the_same_agree_and_a_missing_one_is_known() -> None:
    seen = meshes_of([HeadPose(0, 0, 0)] * 3)
    mirrored = np.zeros_like(seen)
    mirrored[:, VERTICES_68] = seen[:, VERTICES_68][:, MIRRORED]
    mirrored[1, :, 0] += 5
    mirrored[2] = np.nan
    points, differ = merged_views(np.stack([seen, mirrored], axis=1))
    assert differ[0] == pytest.approx(0.0)
    assert differ[1] > 0
    assert np.isnan(differ[2])
    np.testing.assert_allclose(points[0], seen[0][VERTICES_68], rtol=1e-6)


def test_faces_of_one_photograph_stay_on_one_side_of_the_split() -> None:
    held = [is_held(Path(f"img/helen_train_{number}_1.jpg")) for number in range(400)]
    assert held == [is_held(Path(f"img/helen_train_{number}_2.jpg")) for number in range(400)]
    assert 15 < sum(held) < 80


def test_an_eye_that_turns_away_can_not_be_judged() -> None:
    points = np.zeros((68, 2), np.float32)
    points[39, 0], points[45, 0] = 20, 20
    assert visibility(points, (True, True)) == ((1.0, 1.0), (1.0, 1.0))
    points[45, 0] = 3
    assert visibility(points, (True, True)) == ((1.0, 0.0), (1.0, 1.0))
    points[45, 0] = 8  # neither wide nor narrow: nobody knows
    assert visibility(points, (True, True))[1] == (1.0, 0.0)
    assert visibility(points, (False, True)) == ((0.0, 0.0), (1.0, 0.0))


@pytest.mark.slow
def test_a_rendered_person_comes_with_the_truth_of_its_chips() -> None:
    faces = render_person(1003, frames=6)
    assert len(faces) == 6
    assert faces[0].chips.shape == (CHIP_PX, CHIP_PX)
    for face in (face for face in faces if face.present):
        middle = (face.points.min(0) + face.points.max(0)) / 2
        np.testing.assert_allclose(middle, (CHIP_PX - 1) / 2, atol=1.0)
        assert eye_aspect_ratio(face.points[36:42]) >= 0
        assert known(face.aperture)[0] >= -0.01
    again = render_person(1003, frames=6)
    np.testing.assert_array_equal(again[5].chips, faces[5].chips)
