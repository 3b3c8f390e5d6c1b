"""Still pictures one by one: whose face, which emotion under the 50 % rule. Prints nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.emotions import EMOTIONS, Emotion
from drivermon.errors import FrameError, OutputError, SourceError
from drivermon.messages import FaceMeasurement, Probabilities
from drivermon.perception import Face, PictureReader
from drivermon.perception.perception import to_measurement
from drivermon.sources import load_picture, picture_paths


@dataclass(frozen=True, slots=True)
class ClassifiedFace:
    """A face in a picture.

    Attributes:
        measurement: box in pixels, probabilities, eyes, mouth, pose, as rounded for the wire.
        emotion: the winner under the 50 % rule, `None` when uncertain.
        chip: uint8 (S, S, C) as the network saw it, `None` without landmarks or network.

    """

    measurement: FaceMeasurement
    emotion: Emotion | None
    chip: NDArray[np.uint8] | None


@dataclass(frozen=True, slots=True)
class ClassifiedPicture:
    """A picture and its faces, the largest first; a picture of no face has none."""

    source: Path
    faces: tuple[ClassifiedFace, ...]


def verdict(probabilities: Probabilities, confidence: float) -> Emotion | None:
    """Return the emotion whose probability is above `confidence`; `None` if none is, also exactly at it."""
    vector = probabilities.vector()
    share = max(vector)
    return EMOTIONS[vector.index(share)] if share > confidence else None


def classify(
    paths: Iterable[Path], reader: PictureReader, confidence: float, *, cropped: bool = False
) -> Iterator[ClassifiedPicture | SourceError | FrameError]:
    """Yield a result for each picture, or the error that kept it from being read; folders are walked.

    Args:
        paths: pictures and folders.
        reader: finds and measures faces.
        confidence: share that a winner must be above.
        cropped: every picture is one face already.

    Raises:
        NetworkError: the network fails; that is the same for every picture.

    """
    for path in paths:
        try:
            pictures = picture_paths(path) if path.is_dir() else [path]
        except SourceError as error:
            yield error
            continue
        for picture in pictures:
            try:
                image = load_picture(picture)
                name = str(picture)
                faces = [reader.face_in_crop(image, name)] if cropped else reader.faces_in(image, name)
            except (SourceError, FrameError) as error:
                yield error
            else:
                yield ClassifiedPicture(picture, tuple(_judged(face, confidence) for face in faces))


def _judged(face: Face, confidence: float) -> ClassifiedFace:
    measurement = to_measurement(face)
    probabilities = measurement.probabilities
    emotion = None if probabilities is None else verdict(probabilities, confidence)
    return ClassifiedFace(measurement, emotion, face.chip)


class ChipFolder:
    """Writes chips as PNG, named after their picture and the number of the face in it.

    Pictures of the same name from two folders get two names.

    Args:
        folder: is made if it is not there.

    Raises:
        OutputError: the folder can't be made.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[str] = set()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{folder}: can't be made: {error.strerror}; give another folder") from None

    def write(self, picture: ClassifiedPicture) -> list[Path]:
        """Write every chip of a picture; return the files.

        Raises:
            OutputError: folder not writable, disk full.

        """
        stem = self._free_stem(picture.source.stem)
        files = []
        for number, face in enumerate(picture.faces, start=1):
            if face.chip is not None:
                file = self._folder / f"{stem}-{number}.png"
                _write_png(file, face.chip)
                files.append(file)
        return files

    def _free_stem(self, stem: str) -> str:
        free, number = stem, 1
        while free in self._taken:
            number += 1
            free = f"{stem}~{number}"
        self._taken.add(free)
        return free


def _write_png(file: Path, chip: NDArray[np.uint8]) -> None:
    try:
        file.write_bytes(cv2.imencode(".png", chip)[1].tobytes())
    except OSError as error:
        raise OutputError(f"{file}: can't be written: {error.strerror}; check folder and disk") from None
