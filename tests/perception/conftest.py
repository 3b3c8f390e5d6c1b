"""One real face, one predictor, and pictures made of them."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from drivermon.config import Settings
from drivermon.perception.detector import Detection, HogDetector
from drivermon.perception.landmarks import FaceShape, Landmarks68

Picture = NDArray[np.uint8]


@pytest.fixture(scope="session")
def portrait() -> Picture:
    """A public-domain portrait, BGR (260, 230, 3)."""
    picture = cv2.imread(str(Path(__file__).parents[1] / "data" / "astronaut.png"))
    assert picture is not None
    return picture


@pytest.fixture(scope="session")
def cabin(portrait: Picture) -> Picture:
    """The portrait at twice its size in a gray 640x480 picture, like a camera frame."""
    frame = np.full((480, 640, 3), 90, np.uint8)
    face = cv2.resize(portrait, None, fx=1.8, fy=1.8, interpolation=cv2.INTER_CUBIC)
    frame[6 : 6 + face.shape[0], 110 : 110 + face.shape[1]] = face
    return frame


@pytest.fixture(scope="session")
def landmarks() -> Landmarks68:
    return Landmarks68()


@pytest.fixture(scope="session")
def detection(cabin: Picture) -> Detection:
    """Where the detector finds the face of `cabin`."""
    (found,) = HogDetector().search(cabin)
    return found


@pytest.fixture(scope="session")
def shape(cabin: Picture, landmarks: Landmarks68, detection: Detection) -> FaceShape:
    """The landmarks of the face of `cabin`."""
    fitted = landmarks.fit(cabin, detection.box)
    assert fitted is not None
    return fitted


@pytest.fixture(scope="session")
def no_emotion() -> Settings:
    return Settings.model_validate({"emotion": {"enabled": False}})
