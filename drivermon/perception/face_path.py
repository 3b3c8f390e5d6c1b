"""From the settings to what finds and follows the face: any detector with either follower."""

from pathlib import Path

from drivermon.config import Settings
from drivermon.perception.detector import FaceDetector, HogDetector
from drivermon.perception.face_detector import NetworkDetector
from drivermon.perception.face_track import FaceTrack
from drivermon.perception.finder import FaceFinder
from drivermon.perception.follower import FaceFollower
from drivermon.perception.follower_finder import FollowerFinder
from drivermon.perception.landmark_finder import LandmarkFinder
from drivermon.perception.landmarks import Landmarks68
from drivermon.perception.registry import find_network
from drivermon.perception.stills import FollowerStills, LandmarkStills, StillFinder
from drivermon.perception.yunet import YuNetDetector

DETECTOR, FOLLOWER = "face_detector", "face_follower"
"""Names of the shipped networks."""

STILL_MIN_FACE_PX, STILL_HOG_SCORE = 40, 0.0
"""In a still picture HOG looks for smaller faces, and, as no second picture confirms them, for surer ones."""

STILL_LOOKS, STILL_SCORE = 2, 0.4
"""There the network looks twice, and also speaks of doubtful faces, as the follower decides. Of 54 clip
pictures without a face none is then given one; a third look gave 5 of them one, a score of 0.25 on top 11."""


def open_landmarks(settings: Settings) -> Landmarks68:
    """Load the landmark predictor that the settings name.

    Raises:
        InstallationError: it is missing or no such predictor.

    """
    return Landmarks68(Path(settings.face.landmarks).expanduser() if settings.face.landmarks else None)


def open_detector(settings: Settings) -> tuple[FaceDetector, dict[str, str]]:
    """Open the face detector that the settings name; the digest of its network, if it has one, by name.

    Raises:
        NetworkError: its network is missing or can't be used.
        InstallationError: no usable ONNX Runtime, execution provider or registry.

    """
    face = settings.face
    if face.detector == "hog":
        return HogDetector(face.min_size_px, face.search_score, face.follow_score), {}
    if face.detector == "yunet":
        yunet = YuNetDetector(Path(face.yunet).expanduser())
        return yunet, {DETECTOR: yunet.digest}
    network = NetworkDetector(find_network(DETECTOR), settings.runtime)
    return network, {DETECTOR: network.digest}


def open_still_finders(settings: Settings, landmarks: Landmarks68) -> list[StillFinder]:
    """Open what finds the faces of still pictures: the method that the settings name, and the published one.

    Args:
        settings: `face` names detector and follower; both of the published method leave it alone.
        landmarks: of the published method.

    Raises:
        NetworkError: a network is missing or can't be used.
        InstallationError: no usable ONNX Runtime, execution provider or registry.

    """
    hog = HogDetector(STILL_MIN_FACE_PX, STILL_HOG_SCORE)
    published = LandmarkStills(hog, landmarks)
    face = settings.face
    detector: FaceDetector = hog
    if face.detector == "network":
        detector = NetworkDetector(
            find_network(DETECTOR), settings.runtime, search_score=STILL_SCORE, looks=STILL_LOOKS
        )
    elif face.detector == "yunet":
        detector = YuNetDetector(Path(face.yunet).expanduser())
    if face.follower == "network":
        return [FollowerStills(detector, open_follower(settings)), published]
    return [published] if detector is hog else [LandmarkStills(detector, landmarks), published]


def open_follower(settings: Settings) -> FaceFollower:
    """Open the shipped follower.

    Raises:
        NetworkError: it is missing or can't be used.
        InstallationError: no usable ONNX Runtime, execution provider or registry.

    """
    return FaceFollower(find_network(FOLLOWER, int8=settings.runtime.int8), settings.runtime)


def open_finder(settings: Settings) -> FaceFinder:
    """Open what finds and follows the driver's face.

    Raises:
        NetworkError: a network is missing or can't be used.
        InstallationError: the landmark predictor is missing, or no usable ONNX Runtime or provider.

    """
    detector, digests = open_detector(settings)
    track = FaceTrack(settings.face.coast_s, settings.camera.seat_region)
    if settings.face.follower == "dlib68":
        finder = LandmarkFinder(detector, open_landmarks(settings), track)
        finder.digests |= digests
        return finder
    follower = open_follower(settings)
    return FollowerFinder(detector, follower, track, {**digests, FOLLOWER: follower.digest})
