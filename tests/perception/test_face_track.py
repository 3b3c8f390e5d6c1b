from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.perception.box import Box
from drivermon.perception.detector import Detection
from drivermon.perception.face_track import STICKY_S, UNFITTED_S, FaceTrack

PICTURE = (480, 640)
DRIVER = Box(200.0, 150.0, 150.0, 150.0)
PASSENGER = Box(440.0, 120.0, 190.0, 190.0)

Scene = Callable[[float], list[Box]]

rates = st.sampled_from([5.0, 10.0, 15.0, 30.0, 60.0])


def play(track: FaceTrack, scene: Scene, fps: float, start_s: float, end_s: float) -> list[Box | None]:
    """Show what a detector finds in `scene` over time; return the driver's face of each frame.

    Landmarks fit every face.
    """
    faces: list[Box | None] = []
    for index in range(round(start_s * fps), round(end_s * fps)):
        t = index / fps
        visible = [Detection(box, 1.0) for box in scene(t)]
        near = track.near(t)
        face = None
        if near is not None:
            region = near.grown(1.8)
            face = track.follow(t, [seen for seen in visible if inside(seen.box, region)])
            if face is not None:
                track.fitted(t)
        if face is None and track.search_due(t):
            face = track.acquire(t, visible, PICTURE)
        faces.append(None if face is None else face.box)
    return faces


def always(boxes: list[Box]) -> Scene:
    return lambda _: boxes


def inside(box: Box, region: Box) -> bool:
    x, y = box.center
    return region.x <= x <= region.x + region.width and region.y <= y <= region.y + region.height


@given(rates)
def test_a_face_that_stays_is_the_driver_from_the_second_frame_on(fps: float):
    faces = play(FaceTrack(), always([DRIVER]), fps, 0, 3)
    assert faces[0] is None
    assert faces[1:] == [DRIVER] * (len(faces) - 1)


@given(rates, st.floats(0.0, 2.0))
def test_a_false_positive_of_one_frame_is_never_the_driver(fps: float, at_s: float):
    frame = round(at_s * fps)
    faces = play(FaceTrack(), lambda t: [DRIVER] if round(t * fps) == frame else [], fps, 0, 3)
    assert faces == [None] * len(faces)


@given(rates)
def test_false_positives_at_changing_places_are_never_the_driver(fps: float):
    def scene(t: float) -> list[Box]:
        step = round(t * fps) % 40
        return [Box(40.0 * (step % 10), 100.0 * (step // 10), 40.0, 40.0)]

    faces = play(FaceTrack(), scene, fps, 0, 3)
    assert faces == [None] * len(faces)


@given(rates)
def test_of_two_faces_the_larger_becomes_the_driver(fps: float):
    faces = play(FaceTrack(), always([DRIVER, PASSENGER]), fps, 0, 1)
    assert set(faces[1:]) == {PASSENGER}


@given(rates)
def test_the_seat_region_keeps_a_larger_passenger_out(fps: float):
    track = FaceTrack(seat_region=(0.0, 0.0, 0.6, 1.0))
    faces = play(track, always([PASSENGER, DRIVER]), fps, 0, 1)
    assert set(faces[1:]) == {DRIVER}


@given(rates)
def test_a_larger_passenger_who_leans_in_takes_nothing_over(fps: float):
    track = FaceTrack()
    play(track, always([DRIVER]), fps, 0, 1)
    faces = play(track, always([PASSENGER.shifted(-60.0, 0.0), DRIVER]), fps, 1, 4)
    assert set(faces) == {DRIVER}


@given(rates)
def test_a_passenger_does_not_become_the_driver_who_bends_down_for_a_moment(fps: float):
    track = FaceTrack()
    play(track, always([DRIVER, PASSENGER.scaled(0.5)]), fps, 0, 1)
    gone = play(track, always([PASSENGER]), fps, 1, 2.6)
    back = play(track, always([PASSENGER, DRIVER]), fps, 2.6, 4)
    assert gone == [None] * len(gone)
    # near its last place it is taken at once
    assert set(back) == {DRIVER}


@given(rates)
def test_a_new_driver_is_taken_when_the_old_one_is_long_gone(fps: float):
    track = FaceTrack()
    play(track, always([DRIVER]), fps, 0, 1)
    faces = play(track, always([PASSENGER]), fps, 1, 5)
    first = next(index for index, face in enumerate(faces) if face is not None)
    assert STICKY_S - 0.3 < first / fps < STICKY_S + 0.5
    assert set(faces[first:]) == {PASSENGER}


@given(rates, st.floats(0.0, 0.8))
def test_a_face_that_is_not_measured_is_a_track_for_as_long_as_configured(fps: float, coast_s: float):
    track = FaceTrack(coast_s=coast_s)
    play(track, always([DRIVER]), fps, 0, 1)
    last = (round(fps) - 1) / fps
    assert track.coasted(last) is None, "measured in this very frame"
    for later in (0.1, 0.3, 0.5, 0.7, 1.5):
        if abs(later - coast_s) > 1e-6:
            assert (track.coasted(last + later) == DRIVER) == (later < coast_s)


def test_a_face_moves_with_the_head_but_does_not_leap():
    track = FaceTrack()
    play(track, always([DRIVER]), 30, 0, 1)
    (near,) = play(track, always([DRIVER.shifted(40.0, 10.0)]), 30, 1, 31 / 30)
    assert near == DRIVER.shifted(40.0, 10.0)
    leap = DRIVER.shifted(40.0 + 110.0, 10.0)
    assert track.follow(32 / 30, [Detection(leap, 2.0)]) is None


def test_a_face_does_not_double_from_frame_to_frame():
    track = FaceTrack()
    play(track, always([DRIVER]), 30, 0, 1)
    assert track.follow(1.0, [Detection(DRIVER.grown(1.9), 2.0)]) is None


def test_without_a_face_the_whole_picture_is_searched_ten_times_a_second_at_any_rate():
    for fps in (15.0, 30.0, 60.0):
        track = FaceTrack()
        due = sum(track.search_due(index / fps) for index in range(round(10 * fps)))
        assert 65 <= due <= 101


def test_a_new_face_is_searched_for_in_the_very_next_frame():
    track = FaceTrack()
    assert track.search_due(0.0)
    track.acquire(0.0, [Detection(DRIVER, 1.0)], PICTURE)
    assert track.search_due(1 / 60)


def test_after_a_reset_the_driver_must_be_confirmed_anew():
    track = FaceTrack()
    play(track, always([DRIVER]), 30, 0, 1)
    track.reset()
    assert track.near(1.0) is None
    assert play(track, always([DRIVER]), 30, 1, 1.1)[:2] == [None, DRIVER]


@pytest.mark.parametrize("gap_s", [0.5, 0.55])
def test_frames_half_a_second_apart_are_enough(gap_s: float):
    faces = play(FaceTrack(), always([DRIVER]), 1 / gap_s, 0, 5)
    assert faces[1:] == [DRIVER] * (len(faces) - 1)


@given(rates)
def test_a_face_that_landmarks_no_longer_fit_is_given_up_after_a_while(fps: float):
    track = FaceTrack()
    play(track, always([DRIVER]), fps, 0, 1)
    followed_s = [
        index / fps
        for index in range(round(fps), round(8 * fps))
        if track.near(index / fps) is not None and track.follow(index / fps, [Detection(DRIVER, 0.0)])
    ]
    assert max(followed_s) == pytest.approx(1 + UNFITTED_S - 1 / fps, abs=1.01 / fps)
