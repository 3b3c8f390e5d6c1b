from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from drivermon.config import RuntimeSettings
from drivermon.perception.box import Box
from drivermon.perception.detector import Detection
from drivermon.perception.follower import FaceFollower
from drivermon.perception.following import CHECK_EVERY_S, FaceFollowing
from tests.perception.tiny_face_networks import followed, write_follower

PICTURE = np.full((480, 640), 120, np.uint8)
FACE = Detection(Box(200, 100, 200, 200), 0.9)
PASSENGER = Detection(Box(450, 150, 120, 120), 0.95)


@dataclass
class Scripted:
    """A detector that finds what the test says, and counts how often it was asked."""

    found: list[Detection] = field(default_factory=list)
    asked: int = 0

    def search(self, image: NDArray[np.uint8], *, contrast: bool = False) -> list[Detection]:  # noqa: ARG002
        self.asked += 1
        return self.found

    def search_near(self, image: NDArray[np.uint8], box: Box) -> list[Detection]:  # noqa: ARG002
        return self.found


Make = Callable[..., FaceFollowing]


@pytest.fixture
def detector() -> Scripted:
    return Scripted([FACE])


@pytest.fixture
def following(tmp_path: Path, detector: Scripted) -> Make:
    def make(present: float = 0.95) -> FaceFollowing:
        path = write_follower(tmp_path / "net.onnx", followed(present=present))
        return FaceFollowing(detector, FaceFollower(path, RuntimeSettings()))

    return make


def test_a_face_is_acquired_and_then_followed_without_the_detector(
    following: Make, detector: Scripted
) -> None:
    track = following()
    faces = [track.step(PICTURE, t) for t in np.arange(0.0, CHECK_EVERY_S, 0.04)]
    assert all(face is not None for face in faces)
    assert detector.asked == 1


@pytest.mark.parametrize("fps", [10, 15, 30, 60])
def test_the_detector_is_asked_about_three_times_a_second_at_any_rate(
    following: Make, detector: Scripted, fps: int
) -> None:
    track = following()
    for index in range(4 * fps):
        track.step(PICTURE, index / fps)
    assert 9 <= detector.asked <= 13


def test_without_a_face_the_detector_is_asked_every_time(following: Make, detector: Scripted) -> None:
    detector.found = []
    track = following()
    assert [track.step(PICTURE, t) for t in (0.0, 0.03, 0.06)] == [None] * 3
    assert detector.asked == 3


def test_a_crop_without_a_face_is_lost_at_once(following: Make) -> None:
    assert following(present=0.2).step(PICTURE, 0.0) is None


def test_the_largest_face_is_the_drivers(following: Make, detector: Scripted) -> None:
    detector.found = [PASSENGER, FACE]
    face = following().step(PICTURE, 0.0)
    assert face is not None
    assert face.crop.center[0] == pytest.approx(300, abs=5)


def test_a_sure_face_outlives_a_detector_that_sees_none_but_a_doubtful_one_does_not(
    following: Make, detector: Scripted
) -> None:
    for present, kept in ((0.95, True), (0.7, False)):
        detector.found = [FACE]
        track = following(present=present)
        assert track.step(PICTURE, 0.0) is not None
        detector.found = []
        assert (track.step(PICTURE, 0.5) is not None) is kept


def test_a_track_that_slid_off_goes_back_to_where_the_detector_sees_the_face(
    following: Make, detector: Scripted
) -> None:
    track = following()
    track.step(PICTURE, 0.0)
    detector.found = [Detection(Box(420, 250, 180, 180), 0.9)]
    face = track.step(PICTURE, 0.5)
    assert face is not None
    assert face.crop.center[0] > 450


def test_time_that_runs_backward_asks_the_detector(following: Make, detector: Scripted) -> None:
    track = following()
    track.step(PICTURE, 5.0)
    track.step(PICTURE, 1.0)
    assert detector.asked == 2
