"""The sets of faces that are read, each by one function; where they come from stands in `README.md`.

Every label view a set does not have is said to be missing: -1 for a class, zeros for votes.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from drivermon.emotions import EMOTIONS
from drivermon.errors import SourceError

NO_LABEL = -1

FER_LABELS = {
    "angry": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happy",
    "neutral": "neutral",
    "sad": "sadness",
    "surprise": "surprise",
}
FERPLUS_COLUMNS = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
"""The vote columns in the order of `EMOTIONS`; contempt, unknown and no-face votes are left out."""
JAFFE_CODES = {
    "AN": "anger",
    "DI": "disgust",
    "FE": "fear",
    "HA": "happy",
    "NE": "neutral",
    "SA": "sadness",
    "SU": "surprise",
}


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled picture of one face.

    Attributes:
        path: of the picture.
        dataset: name of the set.
        group: pictures of the same group must not stand on both sides of a split.
        original: class index from a single label, or `NO_LABEL`.
        votes: how many of ten annotators chose each of the seven classes; all 0 without votes.
        happy: 1 happy, 0 any other class, `NO_LABEL` where the set does not say.

    """

    path: Path
    dataset: str
    group: str
    original: int = NO_LABEL
    votes: tuple[int, ...] = (0,) * len(EMOTIONS)
    happy: int = NO_LABEL


def fer2013(folder: Path, split: str) -> Iterator[Example]:
    """Yield FER2013 with its original label and the FER+ votes; `split` is train or valid."""
    for row in _rows(folder / "labels.csv"):
        if row["split"] == split:
            yield Example(
                path=folder / row["file"],
                dataset=f"fer2013-{split}",
                group=row["duplicate_group"],
                original=EMOTIONS.index(FER_LABELS[row["label"]]),
                votes=tuple(int(row[column]) for column in FERPLUS_COLUMNS),
            )


def inthewild(folder: Path) -> Iterator[Example]:
    """Yield the web and LFW-like faces; one annotator, whose label counts for both views."""
    for row in _rows(folder / "labels.csv"):
        label = EMOTIONS.index(row["label"])
        votes = tuple(10 * (index == label) for index in range(len(EMOTIONS)))
        yield Example(folder / row["file"], "inthewild", f"inthewild/{row['subject']}", label, votes)


def smiles(folder: Path) -> Iterator[Example]:
    """Yield SMILEs, which only says happy or not."""
    for row in _rows(folder / "labels.csv"):
        yield Example(
            folder / row["file"], "smiles", f"smiles/{row['file']}", happy=int(row["label"] == "happy")
        )


def jaffe(folder: Path) -> Iterator[Example]:
    """Yield JAFFE; subject and expression stand in the name, `KA.AN1.39.tiff`. It only judges."""
    for path in sorted(folder.rglob("*.tiff")):
        subject, code = path.name.split(".")[:2]
        label = EMOTIONS.index(JAFFE_CODES[code[:2]])
        yield Example(path, "jaffe", f"jaffe/{subject}", original=label)


READERS: dict[str, Callable[[Path], Iterator[Example]]] = {
    "fer2013": lambda folder: fer2013(folder, "train"),
    "inthewild": inthewild,
}
"""What the network learns from, by the name of the set's folder."""


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if not path.is_file():
        raise SourceError(f"{path} is missing: unpack the set there")
    with path.open(newline="") as file:
        yield from csv.DictReader(file)
