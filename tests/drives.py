"""Small drives as observations, for tests of everything behind perception."""

from collections.abc import Callable, Iterator

from drivermon.emotions import EMOTIONS, Emotion
from drivermon.events import Gap, GapCause
from drivermon.messages import FaceMeasurement, Observation, PictureQuality, Probabilities

GOOD_PICTURE = PictureQuality(brightness=110.0, contrast=50.0, detail=8.0, dark=0.02, bright=0.01)
DARK_PICTURE = PictureQuality(brightness=4.0, contrast=2.0, detail=0.5, dark=1.0, bright=0.0)
COVERED_PICTURE = PictureQuality(brightness=60.0, contrast=3.0, detail=2.0, dark=0.0, bright=0.0)


def probabilities(emotion: Emotion, share: float) -> Probabilities:
    """`share` on one emotion, the rest spread evenly."""
    rest = (1.0 - share) / 6
    return Probabilities.from_vector([share if name == emotion else rest for name in EMOTIONS])


def seen(t: float, emotion: Emotion = "neutral", share: float = 0.9) -> Observation:
    """A frame with the driver's face."""
    face = FaceMeasurement(box=(200, 120, 160, 200), probabilities=probabilities(emotion, share))
    return Observation(t=t, index=0, face=face, picture=GOOD_PICTURE)


def unseen(t: float, picture: PictureQuality = GOOD_PICTURE) -> Observation:
    """A frame without a face."""
    return Observation(t=t, index=0, face=None, picture=picture)


def lost(t: float, cause: GapCause = GapCause.LOST) -> Gap:
    """No frame."""
    return Gap(t, cause)


def at(fps: float, end_s: float, event: Callable[[float], Observation | Gap]) -> Iterator[Observation | Gap]:
    """Sample `event(t)` at a frame rate, from 0 to `end_s`."""
    for index in range(round(end_s * fps) + 1):
        yield event(index / fps)
