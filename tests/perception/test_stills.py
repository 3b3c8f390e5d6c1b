"""Still pictures: whatever one of the methods sees is found once, and the settings say which comes first."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivermon.config import RuntimeSettings, Settings
from drivermon.perception.box import Box, iou, shared_part
from drivermon.perception.detector import Detection
from drivermon.perception.face_detector import NetworkDetector
from drivermon.perception.face_path import open_still_finders
from drivermon.perception.finder import FoundFace
from drivermon.perception.follower import FaceFollower
from drivermon.perception.landmarks import SCHEME_68, SCHEME_FOLLOWER, Landmarks68
from drivermon.perception.stills import SAME_FACE, FollowerStills, LandmarkStills, faces_of
from tests.perception.test_face_detector import picture
from tests.perception.test_follower_finder import FACE, PASSENGER, PICTURE, Scripted
from tests.perception.tiny_face_networks import followed, write_detector, write_follower

Picture = NDArray[np.uint8]
Find = Callable[..., list[FoundFace]]

boxes = st.builds(Box, st.floats(0, 500), st.floats(0, 400), st.floats(10, 300), st.floats(10, 300))


@dataclass
class Found:
    """A finder that sees faces where the test says."""

    boxes: list[Box]
    score: float

    def faces(self, image: Picture) -> list[FoundFace]:  # noqa: ARG002
        return [FoundFace(box, self.score) for box in self.boxes]


@pytest.fixture
def follower(tmp_path: Path) -> FaceFollower:
    return FaceFollower(write_follower(tmp_path / "f.onnx", followed(present=0.95)), RuntimeSettings())


@pytest.fixture
def find(landmarks: Landmarks68) -> Find:
    """What the settings of `face` find in a picture."""

    def faces(image: Picture, **face: str) -> list[FoundFace]:
        return faces_of(open_still_finders(Settings.model_validate({"face": face}), landmarks), image)

    return faces


@given(st.lists(boxes, max_size=6), st.lists(boxes, max_size=6))
def test_every_face_is_found_once_and_the_first_finders_word_holds(
    first: list[Box], second: list[Box]
) -> None:
    faces = faces_of([Found(first, 1.0), Found(second, 0.5)], PICTURE)
    kept = [face.box for face in faces]
    assert all(shared_part(a, b) < SAME_FACE for i, a in enumerate(kept) for b in kept[:i])
    assert [box.side for box in kept] == sorted((box.side for box in kept), reverse=True)
    for box in (*first, *second):
        assert any(shared_part(box, other) >= SAME_FACE for other in kept)
    if first:
        assert FoundFace(first[0], 1.0) in faces


def test_an_eye_that_a_closer_look_takes_for_a_face_is_none() -> None:
    face, eye, passenger = Box(100, 100, 200, 240), Box(130, 150, 60, 60), Box(400, 120, 90, 100)
    found = faces_of([Found([face, eye], 1.0), Found([passenger], 0.5)], PICTURE)
    assert [one.box for one in found] == [face, passenger]


def test_detector_and_follower_together_decide_what_is_a_face(follower: FaceFollower) -> None:
    assert len(FollowerStills(Scripted([FACE, PASSENGER]), follower).faces(PICTURE)) == 2
    assert FollowerStills(Scripted([Detection(FACE.box, 0.44)]), follower).faces(PICTURE) == []


def test_doubtful_faces_count_where_there_is_no_sure_one(follower: FaceFollower) -> None:
    doubtful = Detection(PASSENGER.box, 0.46)
    assert len(FollowerStills(Scripted([doubtful]), follower).faces(PICTURE)) == 1
    assert len(FollowerStills(Scripted([FACE, doubtful]), follower).faces(PICTURE)) == 1


def test_a_face_that_fills_the_picture_is_found_with_a_border_round_it_and_nothing_small_is(
    follower: FaceFollower,
) -> None:
    """The detector sees a face in wide pictures only: in those with a border."""

    def in_wide(box: Box) -> list[FoundFace]:
        wide = Scripted([])
        wide.search = lambda image, **_: [Detection(box, 0.9)] if image.shape[1] > 200 else []  # type: ignore[method-assign]
        return FollowerStills(wide, follower).faces(np.full((160, 200), 120, np.uint8))

    (filling,) = in_wide(Box(70, 50, 180, 180))
    assert filling.shape is not None
    center = np.subtract((70 + 90, 50 + 90), 60)  # the border is 0.3 of 200 px wide
    assert filling.shape.points.mean(axis=0) == pytest.approx(center, abs=20)
    assert in_wide(Box(100, 100, 60, 60)) == []


def test_a_tight_crop_of_a_face_is_found_where_it_is(portrait: Picture, find: Find) -> None:
    (whole,) = find(portrait)
    x, y, width, height = (round(value) for value in whole.box.grown(0.85))
    (tight,) = find(np.ascontiguousarray(portrait[y : y + height, x : x + width]))
    assert tight.shape is not None
    assert whole.shape is not None
    away = np.linalg.norm(np.add(tight.shape.points, (x, y)) - whole.shape.points, axis=1)
    assert np.median(away) < 0.06 * whole.box.side


def test_what_landmarks_do_not_fit_is_no_face(landmarks: Landmarks68) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (480, 640), np.uint8)
    assert LandmarkStills(Scripted([Detection(FACE.box, 0.1)]), landmarks).faces(noise) == []


def test_a_closer_look_sees_smaller_faces_and_enlarges_no_picture_more_than_twice(tmp_path: Path) -> None:
    path = write_detector(tmp_path / "d.onnx")
    once, twice = (NetworkDetector(path, RuntimeSettings(), looks=looks) for looks in (1, 2))
    image = picture((3, 6))
    small = np.asarray(cv2.resize(image[:160, :320], (160, 80), interpolation=cv2.INTER_AREA), np.uint8)
    dot = np.zeros_like(image)
    dot[96:112, 208:224] = 230  # half a cell of the first look, a whole one of the second
    assert once.search(dot) == []
    (face,) = twice.search(dot)
    assert face.box.center[0] == pytest.approx(216, abs=2)
    assert twice.search(image)[: len(once.search(image))] == once.search(image)
    assert twice.search(small[:, :120]) == once.search(small[:, :120])


@pytest.mark.parametrize(
    ("face", "scheme"),
    [
        ({}, SCHEME_FOLLOWER),
        ({"detector": "hog"}, SCHEME_FOLLOWER),
        ({"follower": "dlib68"}, SCHEME_68),
        ({"detector": "hog", "follower": "dlib68"}, SCHEME_68),
    ],
)
def test_the_settings_say_whose_word_holds(
    cabin: Picture, find: Find, face: dict[str, str], scheme: str
) -> None:
    (found,) = find(cabin, **face)
    assert found.shape is not None
    assert found.shape.scheme == scheme
    assert (found.measured is not None) == (scheme == SCHEME_FOLLOWER)


def test_a_face_that_the_networks_miss_is_found_by_the_published_method(
    cabin: Picture, find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NetworkDetector, "search", lambda *_, **__: [])
    (found,) = find(cabin)
    assert found.shape is not None
    assert found.shape.scheme == SCHEME_68


def test_a_small_masked_face_that_the_published_method_misses_is_found(portrait: Picture, find: Find) -> None:
    (whole,) = find(portrait)
    assert whole.shape is not None
    masked = portrait.copy()
    jaw_and_nose = whole.shape.points[[*range(2, 15), 29]].round().astype(np.int32)
    cv2.fillConvexPoly(masked, cv2.convexHull(jaw_and_nose), (200, 205, 190))
    frame = np.full((480, 640, 3), 90, np.uint8)
    frame[100:360, 200:430] = masked
    assert find(frame, detector="hog", follower="dlib68") == []
    (found,) = find(frame)
    assert iou(found.box, whole.box.shifted(200, 100)) > 0.6
