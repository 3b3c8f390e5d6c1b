from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from drivermon.config import RuntimeSettings
from drivermon.perception.box import Box
from drivermon.perception.detector import Detection
from drivermon.perception.face_track import FaceTrack, SeatRegion
from drivermon.perception.follower import FaceFollower
from drivermon.perception.follower_finder import CHECK_EVERY_S, FollowerFinder
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


Make = Callable[..., FollowerFinder]
WHOLE: SeatRegion = (0.0, 0.0, 1.0, 1.0)


@pytest.fixture
def detector() -> Scripted:
    return Scripted([FACE])


@pytest.fixture
def finder(tmp_path: Path, detector: Scripted) -> Make:
    def make(present: float = 0.95, seat_region: SeatRegion = WHOLE) -> FollowerFinder:
        path = write_follower(tmp_path / "net.onnx", followed(present=present))
        track = FaceTrack(0.5, seat_region)
        return FollowerFinder(detector, FaceFollower(path, RuntimeSettings()), track, {})

    return make


def settled(finder: FollowerFinder) -> FollowerFinder:
    """Show the face twice: the first time it might be a pattern of the cabin."""
    assert finder.find(PICTURE, 0.0) is None
    assert finder.find(PICTURE, 0.11) is not None
    return finder


def test_a_face_is_acquired_when_it_is_seen_twice_and_then_followed_without_the_detector(
    finder: Make, detector: Scripted
) -> None:
    track = settled(finder())
    faces = [track.find(PICTURE, t) for t in np.arange(0.15, 0.11 + CHECK_EVERY_S, 0.04)]
    assert all(face is not None for face in faces)
    assert detector.asked == 2


def test_what_the_follower_measures_goes_out_by_the_drivers_own_side(finder: Make) -> None:
    face = settled(finder()).find(PICTURE, 0.2)
    assert face is not None
    assert face.measured is not None
    assert face.measured.eyes == pytest.approx((0.3, 0.0))
    assert face.measured.eyes_visible == pytest.approx((0.9, 0.1))
    assert face.shape is not None
    assert face.shape.scheme == "follower"


@pytest.mark.parametrize("fps", [10, 15, 30, 60])
def test_the_detector_is_asked_about_three_times_a_second_at_any_rate(
    finder: Make, detector: Scripted, fps: int
) -> None:
    track = finder()
    for index in range(4 * fps):
        track.find(PICTURE, index / fps)
    assert 9 <= detector.asked <= 14


def test_an_empty_seat_is_searched_ten_times_a_second(finder: Make, detector: Scripted) -> None:
    detector.found = []
    track = finder()
    assert [track.find(PICTURE, t / 100) for t in range(0, 100, 2)] == [None] * 50
    assert 8 <= detector.asked <= 11


def test_a_driver_just_lost_is_searched_for_in_every_picture(finder: Make, detector: Scripted) -> None:
    track = settled(finder(present=0.7))
    detector.found = []
    asked = detector.asked
    assert [track.find(PICTURE, t) for t in (0.5, 0.53, 0.56)] == [None] * 3
    assert detector.asked == asked + 3
    assert track.coasted(0.56) is not None


def test_a_crop_without_a_face_is_never_acquired(finder: Make) -> None:
    track = finder(present=0.2)
    assert [track.find(PICTURE, t) for t in (0.0, 0.2, 0.4)] == [None] * 3


def test_the_largest_face_is_the_drivers(finder: Make, detector: Scripted) -> None:
    detector.found = [PASSENGER, FACE]
    face = settled(finder()).find(PICTURE, 0.2)
    assert face is not None
    assert face.box.center[0] == pytest.approx(300, abs=5)


def test_a_face_outside_the_seat_is_nobody(finder: Make, detector: Scripted) -> None:
    detector.found = [PASSENGER]
    track = finder(seat_region=(0.0, 0.0, 0.5, 1.0))
    assert [track.find(PICTURE, t) for t in (0.0, 0.2, 0.4)] == [None] * 3


def test_a_sure_face_outlives_a_detector_that_sees_none_but_a_doubtful_one_does_not(
    finder: Make, detector: Scripted
) -> None:
    for present, kept in ((0.95, True), (0.7, False)):
        detector.found = [FACE]
        track = settled(finder(present=present))
        detector.found = []
        assert (track.find(PICTURE, 0.5) is not None) is kept


def test_a_sure_face_that_only_others_are_seen_beside_is_given_up_after_seconds(
    finder: Make, detector: Scripted
) -> None:
    track = settled(finder())
    detector.found = [PASSENGER]
    times = np.arange(0.15, 8.0, 1 / 30)
    x = [None if face is None else face.box.center[0] for face in (track.find(PICTURE, t) for t in times)]
    followed_s = next(t for t, at in zip(times, x, strict=True) if at is None)
    assert 2.5 < followed_s < 4.0
    assert x[-1] == pytest.approx(510, abs=5)


def test_a_doubtful_track_that_slid_off_goes_back_to_where_the_detector_sees_the_face(
    finder: Make, detector: Scripted
) -> None:
    track = settled(finder(present=0.7))
    detector.found = [Detection(Box(300, 170, 190, 190), 0.9)]
    face = track.find(PICTURE, 0.5)
    assert face is not None
    assert face.box.center[0] > 350


def test_who_is_forgotten_must_be_seen_twice_again(finder: Make) -> None:
    track = settled(finder())
    track.forget()
    assert track.find(PICTURE, 0.2) is None
