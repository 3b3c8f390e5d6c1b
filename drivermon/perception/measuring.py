"""One face in one picture: landmarks, chip, eyes, mouth, pose, emotion."""

from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drivermon.perception.alignment import ChipGeometry, align
from drivermon.perception.eyes import measure_eyes
from drivermon.perception.finder import FoundFace, Measured
from drivermon.perception.head_pose import Lens, camera_matrix, measure_pose
from drivermon.perception.head_rotation import against_axis
from drivermon.perception.landmarks import FaceShape
from drivermon.perception.mouth import measure_mouth
from drivermon.perception.perception import Face


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
    """Measures everything about a face that was found."""

    def __init__(self, emotion: EmotionClassifier | None, lens: Lens) -> None:
        """Take the parts.

        Args:
            emotion: the network; `None` leaves emotion unmeasured.
            lens: of the camera, for the head pose.

        """
        self._emotion = emotion
        self._lens = lens

    def measure(
        self, image: NDArray[np.uint8], found: FoundFace, chip: NDArray[np.uint8] | None = None
    ) -> Face:
        """Return everything about a face; without landmarks only its box.

        Args:
            image: uint8 gray (H, W) or BGR (H, W, 3).
            found: in this very picture.
            chip: where it is cut already.

        """
        shape = found.shape
        if shape is None:
            return Face(box=found.box, score=found.score)
        chip = self._aligned(image, shape) if chip is None else chip
        face = Face(box=found.box, score=found.score, shape=shape, chip=chip)
        if found.measured is None:
            return self.classified(self._with_derived(face, shape, image.shape))
        return self.classified(self._with_measured(face, found.measured, image.shape))

    def _with_derived(self, face: Face, shape: FaceShape, image_shape: tuple[int, ...]) -> Face:
        """Return the face with what its landmarks give."""
        return replace(
            face,
            eyes=measure_eyes(shape),
            mouth=measure_mouth(shape),
            pose=measure_pose(shape, image_shape, self._lens),
        )

    def _with_measured(self, face: Face, measured: Measured, image_shape: tuple[int, ...]) -> Face:
        """Return the face with what the network that followed it measured itself."""
        camera = camera_matrix(image_shape, self._lens)
        return replace(
            face,
            eyes=measured.eyes,
            eyes_visible=measured.eyes_visible,
            mouth=measured.mouth,
            pose=against_axis(measured.pose, face.box.center, camera),
        )

    def classified(self, face: Face) -> Face:
        """Return a face with the seven probabilities of its chip; as it is without chip or network."""
        if face.chip is None or self._emotion is None:
            return face
        probabilities = self._emotion.probabilities(face.chip[np.newaxis])[0]
        return replace(face, probabilities=np.asarray(probabilities, np.float32))

    def _aligned(self, image: NDArray[np.uint8], shape: FaceShape) -> NDArray[np.uint8] | None:
        eyes = shape.eye_centers
        if self._emotion is None or eyes is None:
            return None
        return align(image, *eyes, self._emotion.geometry)
