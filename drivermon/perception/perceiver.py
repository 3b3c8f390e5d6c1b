"""One frame in, one `Perception` out; the only memory is which face is the driver's."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.config import Settings
from drivermon.events import Frame, Gap, checked_image, checked_time
from drivermon.messages import Observation
from drivermon.perception.box import Box
from drivermon.perception.emotion import EmotionNetwork, View
from drivermon.perception.face_path import open_finder
from drivermon.perception.finder import FaceFinder, FoundFace
from drivermon.perception.head_pose import lens_of
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
    path = find_network(settings.emotion.network, int8=settings.runtime.int8)
    return EmotionNetwork(path, settings.runtime, view)


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
        track: where a face is assumed that is not seen.

    """

    image: NDArray[np.uint8]
    t: float
    index: int
    found: FoundFace | None
    track: Box | None


class Perceiver:
    """Finds, follows and measures the driver's face; each method is for one thread at a time.

    Attributes:
        digests: SHA-256 of each network in use, by name.

    """

    def __init__(
        self, settings: Settings, emotion: EmotionClassifier | None, finder: FaceFinder | None = None
    ) -> None:
        """Take the settings and the emotion network; `open_perceiver` opens the network too.

        Args:
            settings: of face and camera.
            emotion: the network; `None` leaves emotion unmeasured.
            finder: `None` for the one in the settings.

        Raises:
            NetworkError, InstallationError: what the finder needs is missing or can't be used.

        """
        self._finder = open_finder(settings) if finder is None else finder
        self._measurer = FaceMeasurer(emotion, lens_of(settings.camera))
        self._beside = ThreadPoolExecutor(1, "quality")
        self._t = -math.inf
        self.digests = dict(self._finder.digests)
        if emotion is not None:
            self.digests["emotion"] = emotion.digest

    def perceive(self, frame: Frame) -> Perception:
        """Measure one frame.

        Raises:
            FrameError: the picture's type or shape, or its time, can't be used.

        """
        return self.measure(self.locate(frame))

    def measure(self, located: Located) -> Perception:
        """Measure what was located; may run in a thread beside `locate`."""
        quality = self._beside.submit(measure_quality, located.image)
        found = located.found
        return Perception(
            t=located.t,
            index=located.index,
            face=None if found is None else self._measurer.measure(located.image, found),
            track=located.track,
            picture=quality.result(),
        )

    def locate(self, frame: Frame) -> Located:
        """Find the driver's face in one frame, with its landmarks.

        Raises:
            FrameError: the picture's type or shape, or its time, can't be used.

        """
        where = f"{frame.source}, frame {frame.index}"
        image = checked_image(frame.image, where)
        t = checked_time(frame.t, where)
        if t < self._t:
            self.forget()
        self._t = t
        found = self._finder.find(image, t)
        track = None if found is not None else self._finder.coasted(t)
        return Located(image, t, frame.index, found, track)

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
        self._finder.forget()
        self._t = -math.inf
