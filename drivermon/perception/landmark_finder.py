"""The published method: a detector in every picture, near the last face first, and dlib's 68 landmarks."""

import numpy as np
from numpy.typing import NDArray

from drivermon.perception.box import Box
from drivermon.perception.detector import Detection, FaceDetector
from drivermon.perception.face_track import FaceTrack
from drivermon.perception.finder import FoundFace
from drivermon.perception.landmarks import MAX_SPREAD, FaceShape, Landmarks68, outline_of_square

SURE_SCORE = 0.5
"""From this detector score on landmarks are not fitted again: on the real clips, where it was chosen,
99 % of 558 such fits hold from a disturbed box, and 57 % of 100 below."""

SPREAD_PER_SCORE = 0.1
"""How much more landmarks of a new face may move with their box for each point of its score. Of 44
detections of real pictures that are no face (-0.4 to 0.1) none passes; of 112 detections of rendered
faces above -0.2, all in frames before a fixed score of 0 had acquired them, 78. Chosen on these."""


def is_face(landmarks: Landmarks68, image: NDArray[np.uint8], found: Detection) -> bool:
    """Say whether what was detected is a face, by the detector's score and by landmarks together.

    The lower the score, the less may the landmarks move with their box.
    """
    checks = 2 if found.score < SURE_SCORE else 0
    allowed = MAX_SPREAD + SPREAD_PER_SCORE * found.score
    return landmarks.fit(image, found.box, checks=checks, max_spread=allowed) is not None


def fit(landmarks: Landmarks68, image: NDArray[np.uint8], found: Detection) -> FaceShape | None:
    """Return the landmarks of a detected face, `None` where none fit."""
    return landmarks.fit(image, found.box, checks=1 if found.score < SURE_SCORE else 0)


class LandmarkFinder:
    """Detects the driver's face in every picture and fits landmarks into it.

    Attributes:
        digests: none, there is no network.

    """

    def __init__(self, detector: FaceDetector, landmarks: Landmarks68, track: FaceTrack) -> None:
        """Take the detector, the predictor, and what chooses and follows the driver."""
        self.digests: dict[str, str] = {}
        self._detector, self._landmarks, self._track = detector, landmarks, track
        self._contrast = False  # every second search in vain is made with the contrast raised

    def find(self, image: NDArray[np.uint8], t: float) -> FoundFace | None:
        """Return the driver's face in a uint8 gray (H, W) or BGR (H, W, 3) picture taken at `t` seconds."""
        found = self._find_driver(image, t)
        if found is None:
            return None
        shape = fit(self._landmarks, image, found)
        if shape is None:
            return FoundFace(outline_of_square(found.box), found.score)
        self._track.fitted(t)
        return FoundFace(shape.box, found.score, shape)

    def coasted(self, t: float) -> Box | None:
        """Return where the face is assumed that was not found at `t`, `None` when it is long gone."""
        square = self._track.coasted(t)
        return None if square is None else outline_of_square(square)

    def forget(self) -> None:
        """Look for a face anew."""
        self._track.reset()
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
        faces = [face for face in found if is_face(self._landmarks, image, face)]
        if not faces:
            self._contrast = not self._contrast
        return self._track.acquire(t, faces, image.shape)
