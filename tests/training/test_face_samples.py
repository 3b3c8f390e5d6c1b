from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.face_chips import drawn_face, drawn_faces
from training.face import covers
from training.face.backgrounds import pattern
from training.face.faces import CHIP_PX, INNER_LIPS, LEFT, MIRRORED, RIGHT, Faces, eye_aspect_ratio, lip_ratio
from training.face.sample import CROP_PX, Sampler, mirrored
from training.face.scenes import HEIGHT_PX, WIDTH_PX, SceneSampler
from training.face.warps import open_mouth, shut_lids

FACE = drawn_face()


@given(st.floats(0, 1), st.floats(0, 1))
def test_lids_leave_the_share_of_the_gap_that_was_asked_for(right: float, left: float) -> None:
    _, points, shares = shut_lids(FACE.chips, FACE.points, (right, left))
    assert shares == [right, left]
    for eye, share in ((RIGHT, right), (LEFT, left)):
        before, after = (eye_aspect_ratio(p[eye]) for p in (FACE.points, points))
        assert after == pytest.approx(share * before, abs=0.02)
    untouched = [*range(36), *range(48, 68)]
    np.testing.assert_array_equal(points[untouched], FACE.points[untouched])


def test_shut_lids_cover_the_iris() -> None:
    chip, points, _ = shut_lids(FACE.chips, FACE.points, (0.0, 1.0))
    shut, still = points[RIGHT].mean(0).astype(int), points[LEFT].mean(0).astype(int)
    assert chip[shut[1] - 3 : shut[1] + 4, shut[0]].min() > 40
    assert chip[still[1], still[0]] < 40
    assert (FACE.chips[int(FACE.points[RIGHT].mean(0)[1]), shut[0]]) < 40


def test_an_eye_of_a_few_pixels_stays_as_it_is() -> None:
    points = FACE.points.copy()
    points[RIGHT] = points[RIGHT].mean(0) + (points[RIGHT] - points[RIGHT].mean(0)) * 0.2
    chip, after, shares = shut_lids(FACE.chips, points, (0.0, 1.0))
    assert shares == [1.0, 1.0]
    np.testing.assert_array_equal(after, points)
    np.testing.assert_array_equal(chip, FACE.chips)


@pytest.mark.parametrize("seed", range(5))
def test_an_opened_mouth_is_open_and_takes_the_chin_along(seed: int) -> None:
    _, points = open_mouth(FACE.chips, FACE.points, np.random.default_rng(seed))
    assert lip_ratio(points[INNER_LIPS]) > lip_ratio(FACE.points[INNER_LIPS]) + 0.15
    assert points[8, 1] > FACE.points[8, 1] + 3
    np.testing.assert_array_equal(points[17:48], FACE.points[17:48])
    assert (np.diff(points[[62, 66, 57, 8], 1]) > 0).all()


def test_an_eye_is_covered_by_what_lies_over_it() -> None:
    opacity = np.zeros(FACE.chips.shape, np.float32)
    opacity[:, : CHIP_PX // 2] = 1
    np.testing.assert_allclose(covers.eye_cover(opacity, FACE.points), [1, 0])
    assert covers.eye_cover(opacity * 0.4, FACE.points)[0] == pytest.approx(0.4)


def test_an_eye_beyond_the_edge_is_covered() -> None:
    np.testing.assert_allclose(
        covers.eye_cover(np.zeros(FACE.chips.shape, np.float32), FACE.points - (0, 1.5 * CHIP_PX)), [1, 1]
    )


@pytest.mark.parametrize("change", [covers.cover_part, covers.cut_off])
def test_what_is_not_covered_stays_as_it_is(change: object) -> None:
    for seed in range(5):
        chip, opacity = change(FACE.chips, np.random.default_rng(seed))  # type: ignore[operator]
        assert chip.shape == opacity.shape == FACE.chips.shape
        np.testing.assert_array_equal(chip[opacity == 0], FACE.chips[opacity == 0])


def sampler() -> Sampler:
    backgrounds = [pattern(np.random.default_rng(seed)) for seed in range(3)]
    return Sampler(drawn_faces(), {"faces68": 0.9, "behind": 0.1}, backgrounds)


def test_samples_are_what_the_network_takes_and_what_is_not_known_has_no_weight() -> None:
    random, draw = np.random.default_rng(0), sampler()
    samples = [draw.draw(random) for _ in range(200)]
    none = [sample for sample in samples if sample.present == 0]
    assert 15 < len(none) < 80
    assert all(sample.point_weights.sum() == sample.pose_weight == 0 for sample in none)
    assert all(sample.visible.sum() == 0 for sample in none)
    for sample in samples:
        assert sample.image.shape == (CROP_PX, CROP_PX)
        assert sample.image.dtype == np.uint8
        assert np.abs(sample.points).max() < 1.2
        assert ((sample.aperture_weights == 0) | (sample.visible > 0)).all()


def test_the_same_seed_draws_the_same_sample() -> None:
    one, other = (sampler().draw(np.random.default_rng(11)) for _ in range(2))
    np.testing.assert_array_equal(one.image, other.image)
    np.testing.assert_array_equal(one.points, other.points)


def test_a_mirrored_sample_swaps_the_eyes_and_comes_back() -> None:
    random, draw = np.random.default_rng(3), sampler()
    sample = next(s for s in iter(lambda: draw.draw(random), None) if s.present and s.pose_weight)
    there = mirrored(sample)
    np.testing.assert_array_equal(there.aperture, sample.aperture[::-1])
    assert there.pose[0] == -sample.pose[0]
    back = mirrored(there)
    np.testing.assert_allclose(back.points, sample.points, atol=1e-6)
    np.testing.assert_array_equal(back.image, sample.image)
    np.testing.assert_array_equal(MIRRORED[MIRRORED], np.arange(68))


def test_faces_come_back_from_their_file(tmp_path: Path) -> None:
    faces = drawn_faces()
    faces.save(tmp_path / "faces.npz")
    twice = Faces.load(tmp_path / "faces.npz", tmp_path / "faces.npz")
    assert len(twice) == 2 * len(faces)
    np.testing.assert_array_equal(twice.points[: len(faces)], faces.points)
    assert list(twice.source[-2:]) == ["render", "behind"]


def test_scenes_hold_their_face_or_have_no_box() -> None:
    random = np.random.default_rng(5)
    cabins = np.stack([pattern(random, 240) for _ in range(3)])
    boxes = np.array([[80, 60, 50, 60]] * 2 + [[np.nan] * 4], np.float32)
    draw = SceneSampler(drawn_faces(), cabins, boxes, [pattern(random) for _ in range(3)])
    scenes = [draw.draw(random) for _ in range(150)]
    assert {scene.image.shape for scene in scenes} == {(HEIGHT_PX, WIDTH_PX)}
    found = np.array([scene.box for scene in scenes if np.isfinite(scene.box).all()])
    assert 60 < len(found) < 145
    middle = found[:, :2] + found[:, 2:] / 2
    assert (middle > 0).all()
    assert (middle < (WIDTH_PX, HEIGHT_PX)).all()
