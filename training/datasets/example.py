"""What every set is turned into, and the one shape that all importers have.

Every label view a set does not have is said to be missing: -1 for a class, zeros for votes.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.emotions import EMOTIONS
from drivermon.errors import SourceError

NO_LABEL = -1
PICTURES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".pgm"})

Usage = Literal["train", "test", "judge"]
Drops = Counter[str]
"""Why pictures of a set are left out, and how many for each reason."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled picture of one face.

    Attributes:
        path: of the picture; where `picture` stands in for a file, a name that tells it apart.
        dataset: name of the set.
        group: pictures of the same group must not stand on both sides of a split.
        original: class index from a single label, or `NO_LABEL`.
        votes: how many of ten annotators chose each of the seven classes; all 0 without votes.
        happy: 1 happy, 0 any other class, `NO_LABEL` where the set does not say.
        subject: who it is, unique over all sets, `None` where the set does not tell.
        usage: "train" may be split freely; "test" is the set's own test part; "judge" is never learned
            from, nor is anything chosen by it.
        attributes: what the set's names or tables tell of the picture (pose, light, glasses, sex, ...).
        cropped: the picture already is a face crop: one face, also where none is found.
        picture: makes the picture where it is in no file of its own; must be picklable.

    """

    path: Path
    dataset: str
    group: str
    original: int = NO_LABEL
    votes: tuple[int, ...] = (0,) * len(EMOTIONS)
    happy: int = NO_LABEL
    subject: str | None = None
    usage: Usage = "train"
    attributes: Mapping[str, str] = field(default_factory=dict)
    cropped: bool = False
    picture: Callable[[], NDArray[np.uint8]] | None = None

    def read(self, channels: int) -> NDArray[np.uint8]:
        """Return the picture, uint8 gray (H, W) for one channel and BGR (H, W, 3) for three.

        Raises:
            SourceError: it can't be read.

        """
        if self.picture is not None:
            return with_channels(self.picture(), channels)
        kind = cv2.IMREAD_GRAYSCALE if channels == 1 else cv2.IMREAD_COLOR
        image = cv2.imread(str(self.path), kind)
        if image is None:
            raise SourceError(f"{self.path} is no picture that can be read")
        return np.asarray(image, np.uint8)


@dataclass(frozen=True, slots=True)
class Importer:
    """Reads one set.

    Attributes:
        name: of the set, and of its folder.
        layout: what lies in that folder, in one line.
        read: yields the examples in a fixed order and counts what it drops.

    """

    name: str
    layout: str
    read: Callable[[Path, Drops], Iterator[Example]]

    def examples(self, folder: Path, drops: Drops | None = None) -> Iterator[Example]:
        """Yield every example under `folder`; what is dropped is counted in `drops`.

        Raises:
            SourceError: the folder is missing, holds none of the set's pictures, or its labels are wrong.

        """
        if not folder.is_dir():
            raise SourceError(f"{folder} is missing: unpack the set there; it holds {self.layout}")
        count = 0
        for example in self.read(folder, Counter() if drops is None else drops):
            count += 1
            yield example
        if count == 0:
            raise SourceError(
                f"{folder} holds no picture of {self.name} that can be used; expected {self.layout}"
            )


def class_index(label: str, of: Mapping[str, str], where: object) -> int:
    """Return the class of a set's own word for it.

    Raises:
        SourceError: the word is none of the set's.

    """
    if label not in of:
        raise SourceError(f"{where}: label {label!r} is unknown; known are {', '.join(of)}")
    return EMOTIONS.index(of[label])


def one_annotator(label: int) -> tuple[int, ...]:
    """Return ten votes for one class: the single label of a set counts for both views."""
    return tuple(10 * (index == label) for index in range(len(EMOTIONS)))


def labelled(path: Path, dataset: str, subject: str, label: int, **attributes: str) -> Example:
    """Return a picture with one label of a person who is known."""
    votes = one_annotator(label)
    return Example(path, dataset, subject, label, votes, subject=subject, attributes=attributes)


def pictures_under(folder: Path) -> list[Path]:
    """Return all picture files in `folder` and below, sorted."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES and path.is_file())


def table(path: Path, *columns: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file with a header.

    Raises:
        SourceError: it is missing, lacks one of `columns`, or a row is short.

    """
    if not path.is_file():
        raise SourceError(f"{path} is missing: unpack the set there")
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        absent = set(columns) - set(reader.fieldnames or ())
        if absent:
            raise SourceError(f"{path} has no column {', '.join(sorted(absent))}: it is another label file")
        for number, row in enumerate(reader, start=2):
            if None in row.values():
                raise SourceError(f"{path}, line {number}, has too few columns: the file is cut off")
            yield row


def with_channels(image: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """Return gray (H, W) for one channel and BGR (H, W, 3) for three, whatever `image` is of the two."""
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    if channels == 1 and image.ndim == 3:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    if channels == 3 and image.ndim == 2:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8)
    return image
