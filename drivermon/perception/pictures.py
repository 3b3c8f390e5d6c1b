"""Still pictures: every face in them, or the one face that a crop shows. No tracking."""

import numpy as np
from numpy.typing import NDArray

from drivermon.config import Settings
from drivermon.errors import FrameError
from drivermon.events import checked_image
from drivermon.perception.alignment import DEFAULT_GEOMETRY
from drivermon.perception.box import Box
from drivermon.perception.crops import crop_chip, filling_face
from drivermon.perception.emotion import View
from drivermon.perception.face_path import open_landmarks, open_still_finders
from drivermon.perception.finder import FoundFace
from drivermon.perception.head_pose import lens_of
from drivermon.perception.measuring import EmotionClassifier, FaceMeasurer
from drivermon.perception.perceiver import open_emotion
from drivermon.perception.perception import Face
from drivermon.perception.stills import faces_of

MIN_CROP_PX = 8
"""A smaller crop shows no eyes."""


def open_picture_reader(settings: Settings, view: View = "shipped") -> "PictureReader":
    """Open everything that reading pictures needs, the emotion network included.

    Args:
        settings: of detection, network and runtime.
        view: whose opinion the network gives.

    Raises:
        NetworkError, InstallationError: a network or a package can't be used.

    """
    return PictureReader(settings, open_emotion(settings, view))


class PictureReader:
    """Measures the faces of still pictures; not for use in two threads at once."""

    def __init__(self, settings: Settings, emotion: EmotionClassifier | None) -> None:
        """Take the settings and the emotion network, `None` where emotion is off.

        Raises:
            NetworkError: a network that finds faces is missing or can't be used.
            InstallationError: the landmark predictor is missing, or no usable ONNX Runtime or provider.

        """
        self._finders = open_still_finders(settings, open_landmarks(settings))
        self._measurer = FaceMeasurer(emotion, lens_of(settings.camera))
        self._geometry = DEFAULT_GEOMETRY if emotion is None else emotion.geometry

    def faces_in(self, image: NDArray[np.uint8], name: str = "picture") -> list[Face]:
        """Return all faces of a picture, the largest first; an empty list where there is none.

        What a detector takes for a face but the follower or landmarks do not is none.

        Args:
            image: uint8 gray (H, W), BGR (H, W, 3) or with alpha (H, W, 4).
            name: of the picture, for errors.

        Raises:
            FrameError: the picture's type or shape can't be used.

        """
        image = checked_image(image, name)
        return [self._measurer.measure(image, found) for found in self.found_in(image)]

    def found_in(self, image: NDArray[np.uint8]) -> list[FoundFace]:
        """Return where the faces of a picture are, with their landmarks, the largest first.

        Args:
            image: uint8 gray (H, W) or BGR (H, W, 3).

        """
        return faces_of(self._finders, image)

    def face_in_crop(self, image: NDArray[np.uint8], name: str = "crop") -> Face:
        """Return the one face that fills a picture, also where none is found.

        Its chip is aligned by the eyes where a face of a crop's size is found; otherwise the whole crop is
        scaled so that the eyes of an average crop come where the network expects them.

        Raises:
            FrameError: the picture's type or shape can't be used, or it is under `MIN_CROP_PX`.

        """
        image = checked_image(image, name)
        height, width = image.shape[:2]
        if min(height, width) < MIN_CROP_PX:
            raise FrameError(f"{name}: a crop of {width}x{height} px shows no face; need {MIN_CROP_PX} px")
        found = filling_face(self.found_in(image), image)
        chip = crop_chip(image, found, self._geometry)
        if found is not None:
            return self._measurer.measure(image, found, chip)
        whole = Box(0.0, 0.0, float(width), float(height))
        return self._measurer.classified(Face(box=whole, score=None, chip=chip))
