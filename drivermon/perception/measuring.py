"""One face in one picture: landmarks, chip, eyes, mouth, pose, emotion."""

from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drivermon.perception.alignment import ChipGeometry, align
from drivermon.perception.detector import Detection
from drivermon.perception.eyes import measure_eyes
from drivermon.perception.head_pose import Lens, measure_pose
from drivermon.perception.landmarks import MAX_SPREAD, FaceShape, Landmarks68, outline_of_square
from drivermon.perception.mouth import measure_mouth
from drivermon.perception.perception import Face

SURE_SCORE = 0.5
"""From this detector score on landmarks are not fitted again: on the real clips, where it was chosen,
99 % of 558 such fits hold from a disturbed box, and 57 % of 100 below."""

SPREAD_PER_SCORE = 0.1
"""How much more landmarks of a new face may move with their box for each point of its score. Of 44
detections of real pictures that are no face (-0.4 to 0.1) none passes; of 112 detections of rendered
faces above -0.2, all in frames before a fixed score of 0 had acquired them, 78. Chosen on these."""


class EmotionClassifier(Protocol):
    """A network that takes chips."""

    @property
    def geometry(self) -> ChipGeometry:
        """Of the chips it takes."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 of its file."""
        ...

    def probabilities(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return (N, 7) for chips (N, S, S, C)."""
        ...


class FaceMeasurer:
    """Measures everything about a face whose place is known.

    `is_face` and `fit` may run in one thread while the rest runs in another.
    """

    def __init__(self, landmarks: Landmarks68, emotion: EmotionClassifier | None, lens: Lens) -> None:
        """Take the parts.

        Args:
            landmarks: the predictor.
            emotion: the network; `None` leaves emotion unmeasured.
            lens: of the camera, for the head pose.

        """
        self._landmarks = landmarks
        self._emotion = emotion
        self._lens = lens

    def is_face(self, image: NDArray[np.uint8], found: Detection) -> bool:
        """Say whether what was detected is a face, by the detector's score and by landmarks together.

        The lower the score, the less may the landmarks move with their box.
        """
        checks = 2 if found.score < SURE_SCORE else 0
        allowed = MAX_SPREAD + SPREAD_PER_SCORE * found.score
        return self._landmarks.fit(image, found.box, checks=checks, max_spread=allowed) is not None

    def fit(self, image: NDArray[np.uint8], found: Detection) -> FaceShape | None:
        """Return the landmarks of a detected face, `None` where none fit."""
        return self._landmarks.fit(image, found.box, checks=1 if found.score < SURE_SCORE else 0)

    def measure(self, image: NDArray[np.uint8], found: Detection, shape: FaceShape | None) -> Face:
        """Return everything about a detected face; without landmarks only its box."""
        if shape is None:
            return Face(box=outline_of_square(found.box), score=found.score)
        return self.measure_shape(image, shape, self._aligned(image, shape), found.score)

    def measure_shape(
        self,
        image: NDArray[np.uint8],
        shape: FaceShape,
        chip: NDArray[np.uint8] | None,
        score: float | None,
    ) -> Face:
        """Return everything about a face whose landmarks and chip are known."""
        face = Face(
            box=shape.box,
            score=score,
            shape=shape,
            chip=chip,
            eyes=measure_eyes(shape),
            mouth=measure_mouth(shape),
            pose=measure_pose(shape, image.shape, self._lens),
        )
        return self.classified(face)

    def classified(self, face: Face) -> Face:
        """Return a face with the seven probabilities of its chip; as it is without chip or network."""
        if face.chip is None or self._emotion is None:
            return face
        probabilities = self._emotion.probabilities(face.chip[np.newaxis])[0]
        return replace(face, probabilities=np.asarray(probabilities, np.float32))

    def _aligned(self, image: NDArray[np.uint8], shape: FaceShape) -> NDArray[np.uint8] | None:
        if self._emotion is None or shape.right_eye is None or shape.left_eye is None:
            return None
        return align(image, shape.right_eye.mean(axis=0), shape.left_eye.mean(axis=0), self._emotion.geometry)
