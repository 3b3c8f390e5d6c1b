from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from drivermon.config import Settings
from drivermon.errors import FrameError, InstallationError
from drivermon.events import Frame, Gap, GapCause
from drivermon.messages import Eyes, Observation
from drivermon.perception import Perceiver, Perception
from drivermon.perception.alignment import ChipGeometry
from drivermon.perception.box import Box, iou
from drivermon.perception.finder import FoundFace, Measured
from drivermon.perception.head_pose import HeadPose
from drivermon.perception.landmarks import SCHEME_FOLLOWER, FaceShape
from drivermon.perception.registry import shipped_networks

Picture = NDArray[np.uint8]


class Happy:
    """Stands for an emotion network; keeps the chips that it was shown."""

    geometry = ChipGeometry(size_px=48, left_eye=(0.3, 0.4), channels=1)
    digest = "0" * 64

    def __init__(self) -> None:
        self.chips: list[Picture] = []

    def probabilities(self, chips: Picture) -> NDArray[np.float32]:
        self.chips.append(chips)
        return np.tile(np.float32([0, 0, 0, 0.75, 0.25, 0, 0]), (len(chips), 1))


def frame(image: Picture, t: float, index: int = 0) -> Frame:
    return Frame(image, t, index, "test")


@pytest.fixture
def perceiver(no_emotion: Settings) -> Perceiver:
    return Perceiver(no_emotion, None)


def settled(perceiver: Perceiver, image: Picture, t: float = 0.0) -> Perception:
    """Show the same picture until its face is confirmed."""
    perceiver.perceive(frame(image, t))
    return perceiver.perceive(frame(image, t + 0.05, 1))


def test_a_face_is_reported_once_a_second_frame_confirms_it(
    perceiver: Perceiver, cabin: Picture, shape: FaceShape
):
    assert perceiver.perceive(frame(cabin, 0.0)).face is None
    perception = perceiver.perceive(frame(cabin, 0.05, 1))
    assert perception.face is not None
    assert iou(perception.face.box, shape.box) > 0.9
    assert perception.track is None
    assert perception.face.pose is not None
    assert perception.face.eyes is not None
    assert perception.face.mouth is not None
    assert perception.face.probabilities is None


def test_the_emotion_network_sees_one_aligned_chip(no_emotion: Settings, cabin: Picture):
    network = Happy()
    face = settled(Perceiver(no_emotion, network), cabin).face
    assert face is not None
    assert face.probabilities is not None
    assert face.probabilities[3] == 0.75
    (chips,) = network.chips
    assert chips.shape == (1, 48, 48, 1)
    assert face.chip is not None
    assert np.array_equal(chips[0], face.chip)


def test_the_digest_of_the_network_is_known(no_emotion: Settings):
    shipped = shipped_networks()
    files = {"face_detector": "face_detector", "face_follower": "face_follower_int8"}
    faces = {name: shipped[file].sha256 for name, file in files.items()}
    assert Perceiver(no_emotion, None).digests == faces
    assert Perceiver(no_emotion, Happy()).digests == {**faces, "emotion": Happy.digest}


def test_the_published_method_has_no_face_network():
    settings = Settings.model_validate({"face": {"detector": "hog", "follower": "dlib68"}})
    assert Perceiver(settings, None).digests == {}


def test_the_observation_holds_the_same_numbers_rounded(no_emotion: Settings, cabin: Picture):
    measured = settled(Perceiver(no_emotion, Happy()), cabin).face
    perceiver = Perceiver(no_emotion, Happy())
    perceiver.observe(frame(cabin, 0.0))
    observation = perceiver.observe(frame(cabin, 0.05, 1))
    assert measured is not None
    assert observation.face is not None
    assert observation.index == 1
    assert observation.face.scheme == "follower"
    assert observation.face.box == pytest.approx(measured.box, abs=0.051)
    assert observation.face.probabilities is not None
    assert observation.face.probabilities.happy == 0.75
    assert observation.face.eyes is not None
    assert measured.eyes is not None
    assert observation.face.eyes.left == pytest.approx(measured.eyes[0], abs=1e-4)
    assert observation.face.pose is not None
    assert measured.pose is not None
    assert observation.face.pose.yaw == pytest.approx(measured.pose.yaw_deg, abs=0.01)
    assert Observation.model_validate_json(observation.model_dump_json()) == observation


def test_a_lost_face_is_a_track_and_no_face_then_nothing(perceiver: Perceiver, cabin: Picture):
    face = settled(perceiver, cabin).face
    empty = np.full_like(cabin, 90)
    soon = perceiver.perceive(frame(empty, 0.3, 2))
    late = perceiver.perceive(frame(empty, 0.7, 3))
    assert face is not None
    assert soon.face is None
    assert soon.track is not None
    assert iou(soon.track, face.box) > 0.7
    assert late.face is None
    assert late.track is None


def test_a_short_gap_keeps_the_driver_and_a_long_one_does_not(perceiver: Perceiver, cabin: Picture):
    settled(perceiver, cabin)
    perceiver.gap(Gap(0.5, GapCause.LOST))
    assert perceiver.perceive(frame(cabin, 0.6, 2)).face is not None
    for t in (1.0, 2.0, 3.0):
        perceiver.gap(Gap(t, GapCause.LOST))
    assert perceiver.perceive(frame(cabin, 3.1, 3)).face is None
    assert perceiver.perceive(frame(cabin, 3.2, 4)).face is not None


def test_another_recording_starts_anew_when_time_goes_back(perceiver: Perceiver, cabin: Picture):
    settled(perceiver, cabin, t=100.0)
    assert perceiver.perceive(frame(cabin, 0.0)).face is None


def test_the_same_frames_give_the_same_observations_again(no_emotion: Settings, cabin: Picture):
    frames = [frame(np.roll(cabin, 3 * index, axis=1), index / 30, index) for index in range(6)]
    perceiver = Perceiver(no_emotion, None)
    first = [perceiver.observe(seen).model_dump_json() for seen in frames]
    perceiver.forget()
    assert [perceiver.observe(seen).model_dump_json() for seen in frames] == first


def test_the_seat_region_leaves_other_faces_alone(cabin: Picture):
    settings = Settings.model_validate(
        {"emotion": {"enabled": False}, "camera": {"seat_region": (0.7, 0.0, 0.3, 1.0)}}
    )
    assert settled(Perceiver(settings, None), cabin).face is None


def test_gray_and_alpha_pictures_show_the_same_face(no_emotion: Settings, cabin: Picture):
    colour = settled(Perceiver(no_emotion, None), cabin).face
    gray = settled(Perceiver(no_emotion, None), np.ascontiguousarray(cabin[:, :, 1])).face
    alpha = settled(Perceiver(no_emotion, None), np.dstack([cabin, cabin[:, :, 0]])).face
    assert colour is not None
    assert gray is not None
    assert alpha is not None
    assert alpha.box == colour.box
    assert iou(gray.box, colour.box) > 0.85


@pytest.mark.parametrize("size", [(1, 1), (1, 1, 3), (1, 8192), (2, 3, 4)])
def test_pictures_of_a_few_pixels_show_no_face(perceiver: Perceiver, size: tuple[int, ...]):
    perception = settled(perceiver, np.full(size, 100, np.uint8))
    assert perception.face is None
    assert perception.track is None


@pytest.mark.slow
def test_an_8k_picture_shows_its_face(perceiver: Perceiver, cabin: Picture):
    large = np.full((4320, 7680, 3), 90, np.uint8)
    large[:, :5760] = np.repeat(np.repeat(cabin, 9, axis=0), 9, axis=1)
    assert settled(perceiver, large).face is not None


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((480, 640), np.uint16),
        np.zeros((480, 640, 2), np.uint8),
        np.zeros((0, 640, 3), np.uint8),
        np.zeros((9000, 8), np.uint8),
        np.zeros(100, np.uint8),
    ],
)
def test_a_picture_that_can_not_be_used_names_source_and_frame(perceiver: Perceiver, image: Picture):
    with pytest.raises(FrameError, match="test, frame 7"):
        perceiver.perceive(frame(image, 0.0, 7))


def test_a_time_that_is_no_number_is_refused(perceiver: Perceiver, cabin: Picture):
    with pytest.raises(FrameError, match="time nan"):
        perceiver.perceive(frame(cabin, float("nan")))


def test_a_missing_predictor_is_said_at_start(tmp_path: Path):
    settings = Settings.model_validate(
        {"face": {"follower": "dlib68", "landmarks": str(tmp_path / "none.dat")}}
    )
    with pytest.raises(InstallationError, match=r"none\.dat"):
        Perceiver(settings, None)


def replay(perceiver: Perceiver, file: Path, start_s: float, end_s: float) -> list[Perception]:
    with av.open(str(file)) as container:
        frames = [
            Frame(picture.to_ndarray(format="bgr24"), picture.time, index, file.name)
            for index, picture in enumerate(container.decode(video=0))
            if picture.time is not None and start_s <= picture.time < end_s
        ]
    return [perceiver.perceive(seen) for seen in frames]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["driver_talking.avi", "single_face.mp4", "cabin_eyes_closed.mp4"])
def test_a_real_driver_is_found_in_every_frame_but_the_first(
    perceiver: Perceiver, clips_dir: Path, name: str
):
    perceptions = replay(perceiver, clips_dir / name, 0.0, 1.0)
    assert len(perceptions) >= 20
    assert [perception.face is not None for perception in perceptions[1:]] == [True] * (len(perceptions) - 1)


@pytest.mark.slow
def test_shut_eyes_read_lower_than_open_ones(perceiver: Perceiver, clips_dir: Path):
    def ratio(start_s: float) -> float:
        perceptions = replay(perceiver, clips_dir / "cabin_eyes_closed.mp4", start_s, start_s + 0.5)
        eyes = [seen.face.eyes[0] for seen in perceptions if seen.face is not None and seen.face.eyes]
        return float(np.median([eye for eye in eyes if eye is not None]))

    opened = ratio(1.2)
    assert ratio(6.0) < 0.7 * opened


@pytest.mark.slow
def test_an_empty_cabin_and_a_head_from_behind_show_no_driver(perceiver: Perceiver, clips_dir: Path):
    for name in ("no_face.mp4", "driver_from_behind.mp4"):
        perceiver.forget()
        perceptions = replay(perceiver, clips_dir / name, 0.0, 3.0)
        assert [seen.face for seen in perceptions] == [None] * len(perceptions)


@pytest.mark.slow
def test_a_cut_is_seen_within_a_third_of_a_second(perceiver: Perceiver, clips_dir: Path):
    leaving = replay(perceiver, clips_dir / "face_then_none.mov", 1.9, 3.3)
    assert all(seen.face is None for seen in leaving if seen.t >= 2.4)
    assert all(seen.face is not None for seen in leaving if 2.0 <= seen.t < 2.39)
    assert all(seen.track is None for seen in leaving if seen.t > 3.0)
    perceiver.forget()
    coming = replay(perceiver, clips_dir / "none_then_face.mov", 3.3, 4.6)
    assert all(seen.face is None for seen in coming if seen.t < 3.95)
    assert all(seen.face is not None for seen in coming if seen.t > 4.25)


def test_a_box_is_reported_in_pixels_of_the_picture(perceiver: Perceiver, cabin: Picture):
    face = settled(perceiver, cabin).face
    assert face is not None
    picture = Box(0.0, 0.0, float(cabin.shape[1]), float(cabin.shape[0]))
    assert iou(face.box, picture) == pytest.approx(face.box.width * face.box.height / (640 * 480), rel=1e-3)


class Seen:
    """Stands for a finder of our own: the face it is given, measured by a network."""

    def __init__(self, shape: FaceShape) -> None:
        self.digests = {"face_follower": "1" * 64}
        measured = Measured((0.31, 0.02), (0.95, 0.1), 0.7, HeadPose(0.0, 0.0, 0.0))
        self.face = FoundFace(shape.box, 0.97, replace(shape, scheme=SCHEME_FOLLOWER), measured)

    def find(self, *_: object) -> FoundFace | None:
        return self.face

    def coasted(self, _: float) -> Box | None:
        return None

    def forget(self) -> None:
        pass


def test_what_a_network_measured_itself_is_not_derived_from_its_landmarks(
    no_emotion: Settings, cabin: Picture, shape: FaceShape
):
    perceiver = Perceiver(no_emotion, Happy(), Seen(shape))
    face = perceiver.observe(frame(cabin, 0.0)).face
    assert face is not None
    assert face.scheme == "follower"
    assert face.eyes == Eyes(left=0.31, right=0.02)
    assert face.eyes_visible == Eyes(left=0.95, right=0.1)
    assert face.mouth == 0.7
    assert face.pose is not None
    assert face.pose.yaw != 0.0  # into the lens, but from beside the camera's axis
    assert perceiver.digests == {"face_follower": "1" * 64, "emotion": Happy.digest}
