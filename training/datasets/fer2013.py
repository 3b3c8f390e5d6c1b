"""FER2013 (Goodfellow et al. 2013) with the votes of FER+ (Barsoum et al. 2016).

Where: Kaggle's "Challenges in Representation Learning: Facial Expression Recognition Challenge" for
`fer2013.csv`; github.com/microsoft/FERPlus for `fer2013new.csv`. Terms: the votes MIT; the pictures come
from the web and were collected for a research challenge.

Layouts, both gray 48x48 crops:

- pictures: `labels.csv` with file, split, label, duplicate_group and ten vote columns, and
  `FER2013Train/fer0000000.png`, `FER2013Valid/…`. The duplicate groups are kept as they stand.
- original: `fer2013.csv` (emotion, pixels, Usage) beside `fer2013new.csv` (Usage, Image name, votes).
  Without the votes' file only the original view is there.

Labels: one original label of seven classes, and ten votes. Votes for contempt, unknown and no face are
left out of the seven, so a row may sum to less than ten. Usage: Training, PublicTest ("fer2013-valid",
the test part that is reported here), PrivateTest ("fer2013-test"). Subjects are unknown.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivermon.errors import SourceError
from training.datasets.example import Drops, Example, Importer, Usage, class_index, table

LABELS = {
    "angry": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happy",
    "neutral": "neutral",
    "sad": "sadness",
    "surprise": "surprise",
}
NUMBERED = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The classes in the order of the original file's numbers."""
VOTES = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
"""The vote columns in the order of `EMOTIONS`; contempt, unknown and no-face votes are left out."""
PARTS: dict[str, tuple[str, Usage]] = {
    "train": ("fer2013-train", "train"),
    "valid": ("fer2013-valid", "test"),
    "test": ("fer2013-test", "test"),
    "Training": ("fer2013-train", "train"),
    "PublicTest": ("fer2013-valid", "test"),
    "PrivateTest": ("fer2013-test", "test"),
}
SIDE_PX = 48


def read(folder: Path, drops: Drops) -> Iterator[Example]:
    """Yield the pictures of either layout."""
    if (folder / "fer2013.csv").is_file():
        yield from _original(folder, drops)
    else:
        yield from _pictures(folder, drops)


def _pictures(folder: Path, drops: Drops) -> Iterator[Example]:
    labels = folder / "labels.csv"
    for row in table(labels, "file", "split", "label", "duplicate_group", *VOTES):
        if row["split"] not in PARTS:
            raise SourceError(f"{labels}: split {row['split']!r} is unknown; known are {', '.join(PARTS)}")
        dataset, usage = PARTS[row["split"]]
        if usage == "train" and row.get("nf", "0") == "10":
            drops["no face, say all ten annotators"] += 1
            continue
        yield Example(
            path=folder / row["file"],
            dataset=dataset,
            group=f"fer2013/{row['duplicate_group']}",
            original=class_index(row["label"], LABELS, labels),
            votes=tuple(int(row[column]) for column in VOTES),
            usage=usage,
            cropped=True,
        )


def _original(folder: Path, drops: Drops) -> Iterator[Example]:
    path, votes = folder / "fer2013.csv", folder / "fer2013new.csv"
    voted = list(table(votes, "Usage", "Image name", *VOTES)) if votes.is_file() else None
    for number, row in enumerate(table(path, "emotion", "pixels", "Usage")):
        if voted is not None and number >= len(voted):
            raise SourceError(f"{votes} has fewer rows than {path}: they don't belong together")
        said = {} if voted is None else voted[number]
        if said and not said["Image name"]:
            drops["FER+ took it out: no face"] += 1
            continue
        dataset, usage = PARTS[row["Usage"]]
        name = f"fer{number:07d}"
        yield Example(
            path=path.with_name(name),
            dataset=dataset,
            group=f"fer2013/{name}",
            original=class_index(NUMBERED[int(row["emotion"])], LABELS, path),
            votes=tuple(int(said.get(column, 0)) for column in VOTES),
            usage=usage,
            cropped=True,
            picture=partial(_decoded, row["pixels"], path, number),
        )


def _decoded(pixels: str, path: Path, number: int) -> NDArray[np.uint8]:
    try:
        return np.array(pixels.split(), np.uint8).reshape(SIDE_PX, SIDE_PX)
    except (ValueError, OverflowError) as error:
        raise SourceError(f"{path}, picture {number}, has other pixels than {SIDE_PX}x{SIDE_PX}") from error


IMPORTER = Importer("fer2013", "labels.csv and FER2013Train/, or fer2013.csv and fer2013new.csv", read)
