"""One frame in, one `Perception` out; the only memory is which face is the driver's."""

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.config import Settings
from drivermon.events import Frame, Gap, checked_image, checked_time
from drivermon.messages import Observation
from drivermon.perception.box import Box
from drivermon.perception.detector import Detection, FaceDetector, HogDetector
from drivermon.perception.emotion import EmotionNetwork, View
from drivermon.perception.face_track import FaceTrack
from drivermon.perception.head_pose import lens_of
from drivermon.perception.landmarks import FaceShape, Landmarks68, outline_of_square
from drivermon.perception.measuring import EmotionClassifier, FaceMeasurer
from drivermon.perception.perception import Perception, to_observation
from drivermon.perception.quality import measure_quality
from drivermon.perception.registry import find_network

GAP_RESETS_AFTER_S = 2.0
"""After so long without a picture whoever sits there is looked for anew."""


def open_emotion(settings: Settings, view: View = "shipped") -> EmotionNetwork | None:
    """Open the emotion network that the settings name, `None` where emotion is off.

    Args:
        settings: name it, and how it is run.
        view: whose opinion it gives.

    Raises:
        NetworkError: it is missing or can't be used.
        InstallationError: no usable ONNX Runtime, execution provider or registry.

    """
    if not settings.emotion.enabled:
        return None
    return EmotionNetwork(find_network(settings.emotion.network), settings.runtime, view)


def open_landmarks(settings: Settings) -> Landmarks68:
    """Load the landmark predictor that the settings name.

    Raises:
        InstallationError: it is missing or no such predictor.

    """
    return Landmarks68(Path(settings.face.landmarks).expanduser() if settings.face.landmarks else None)


def open_detector(settings: Settings) -> FaceDetector:
    """Make the face detector that the settings name."""
    face = settings.face
    return HogDetector(face.min_size_px, face.search_score, face.follow_score)


def open_perceiver(settings: Settings) -> "Perceiver":
    """Open everything that perception needs, the emotion network included.

    OpenCV is held to one thread in the whole process: on pictures of this size its pool costs a
    quarter of the CPU time of a frame and makes nothing quicker.

    Raises:
        NetworkError, InstallationError: a network or a package can't be used.

    """
    cv2.setNumThreads(1)
    return Perceiver(settings, open_emotion(settings))


@dataclass(frozen=True, slots=True)
class Located:
    """A frame in which the driver's face was looked for.

    Attributes:
        image: uint8 (H, W) or (H, W, 3).
        t: capture time in seconds.
        index: running number of the frame.
        found: the driver's face, `None` where it is not seen.
        shape: its landmarks, `None` where none fit.
        track: where a face is assumed that is not seen.

    """

    image: NDArray[np.uint8]
    t: float
    index: int
    found: Detection | None
    shape: FaceShape | None
    track: Box | None


class Perceiver:
    """Finds, follows and measures the driver's face; each method is for one thread at a time.

    Attributes:
        digests: SHA-256 of each network in use, by name.

    """

    def __init__(
        self,
        settings: Settings,
        emotion: EmotionClassifier | None,
        detector: FaceDetector | None = None,
    ) -> None:
        """Take the settings and the emotion network; `open_perceiver` opens the network too.

        Args:
            settings: of face and camera.
            emotion: the network; `None` leaves emotion unmeasured.
            detector: `None` for the one in the settings.

        Raises:
            InstallationError: the landmark predictor is missing.

        """
        self._detector = open_detector(settings) if detector is None else detector
        self._measurer = FaceMeasurer(open_landmarks(settings), emotion, lens_of(settings.camera))
        self._track = FaceTrack(settings.face.coast_s, settings.camera.seat_region)
        self._t = -math.inf
        self._contrast = False  # every second search in vain is made with the contrast raised
        self.digests = {} if emotion is None else {"emotion": emotion.digest}

    def perceive(self, frame: Frame) -> Perception:
        """Measure one frame.

        Raises:
            FrameError: the picture's type or shape, or its time, can't be used.

        """
        return self.measure(self.locate(frame))

    def measure(self, located: Located) -> Perception:
        """Measure what was located; may run in a thread beside `locate`."""
        image, found = located.image, located.found
        return Perception(
            t=located.t,
            index=located.index,
            face=None if found is None else self._measurer.measure(image, found, located.shape),
            track=located.track,
            picture=measure_quality(image),
        )

    def locate(self, frame: Frame) -> Located:
        """Find the driver's face in one frame, and its landmarks.

        Raises:
            FrameError: the picture's type or shape, or its time, can't be used.

        """
        where = f"{frame.source}, frame {frame.index}"
        image = checked_image(frame.image, where)
        t = checked_time(frame.t, where)
        if t < self._t:
            self.forget()
        self._t = t
        found = self._find_driver(image, t)
        shape = None if found is None else self._measurer.fit(image, found)
        if shape is not None:
            self._track.fitted(t)
        track = None if found is not None else self._coasted(t)
        return Located(image, t, frame.index, found, shape, track)

    def observe(self, frame: Frame) -> Observation:
        """Measure one frame and return its numbers, rounded.

        Raises:
            FrameError: the picture's type or shape, or its time, can't be used.

        """
        return to_observation(self.perceive(frame))

    def gap(self, gap: Gap) -> None:
        """Note that no picture came; after a long gap the next driver is a new one."""
        if gap.t - self._t > GAP_RESETS_AFTER_S:
            self.forget()

    def forget(self) -> None:
        """Forget the driver, as before another recording."""
        self._track.reset()
        self._t = -math.inf
        self._contrast = False

    def _find_driver(self, image: NDArray[np.uint8], t: float) -> Detection | None:
        near = self._track.near(t)
        if near is not None:
            followed = self._track.follow(t, self._detector.search_near(image, near))
            if followed is not None:
                return followed
        if not self._track.search_due(t):
            return None
        # a new driver needs a face that landmarks fit: that keeps patterns of the cabin out
        found = self._detector.search(image, contrast=self._contrast)
        faces = [face for face in found if self._measurer.is_face(image, face)]
        if not faces:
            self._contrast = not self._contrast
        return self._track.acquire(t, faces, image.shape)

    def _coasted(self, t: float) -> Box | None:
        square = self._track.coasted(t)
        return None if square is None else outline_of_square(square)
