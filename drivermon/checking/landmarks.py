"""The landmark predictor."""

from dataclasses import dataclass

from drivermon.checking.findings import Finding, failed_as, ok
from drivermon.config import Settings
from drivermon.errors import DrivermonError
from drivermon.perception.face_path import open_landmarks


@dataclass(frozen=True, slots=True)
class Predictor:
    """`error` says why it can't be used, `None` when it can; `name` is how the settings call it."""

    name: str
    error: str | None


def judge_predictor(predictor: Predictor) -> Finding:
    """Judge whether landmarks can be fitted at all."""
    if predictor.error is not None:
        return failed_as("landmark predictor", predictor.error)
    return ok("landmark predictor", predictor.name)


def gather_predictor(settings: Settings) -> Predictor:
    """Load it as the daemon does."""
    name = settings.face.landmarks or "68 points, of face_recognition_models"
    try:
        open_landmarks(settings)
    except DrivermonError as error:
        return Predictor(name, str(error))
    return Predictor(name, None)
