"""How many faces `drivermon classify` finds in still pictures, and how often its emotion is the label.

python benchmarks/faces_in_stills.py DATA SET... [--count 800]

DATA holds a folder of each set, as `python -m training prepare` takes it. Every picture is searched, also
one that is a face cut out; the largest face counts, and a face that is not found is wrong. Beside it the
published method alone, HOG and 68 landmarks. Of sets with a test part only that is judged.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivermon.classification import ClassifiedPicture, classify
from drivermon.config import load
from drivermon.perception import PictureReader, open_picture_reader
from training.datasets import Example, importer
from training.drawn import drawn_rows
from training.metrics import mean_of
from training.partial import HAPPY

METHODS: tuple[Mapping[str, str], ...] = ({"face.detector": "hog", "face.follower": "dlib68"}, {})
"""Settings of the published method, and the defaults."""
NOT_FOUND = -1


def judged(data: Path, name: str, count: int) -> list[Example]:
    """Return at most `count` pictures of a set, of its test part if it has one."""
    examples = list(importer(name).examples(data / name))
    examples = [one for one in examples if one.usage == "test"] or examples
    return [examples[row] for row in drawn_rows(len(examples), count, 0)]


def said(examples: list[Example], reader: PictureReader) -> NDArray[np.int64]:
    """Return the most probable class of the largest face of each picture, -1 where none is found."""
    classes = []
    for found in classify([one.path for one in examples], reader, 0.5):
        faces = found.faces if isinstance(found, ClassifiedPicture) else ()
        known = faces[0].measurement.probabilities if faces else None
        classes.append(NOT_FOUND if known is None else int(np.argmax(known.vector())))
    return np.array(classes)


def right(classes: NDArray[np.int64], examples: list[Example]) -> NDArray[np.bool_]:
    """Return where the class is the label, or as happy as a set of happy or not says."""
    labels = np.array([one.original for one in examples])
    happy = np.array([one.happy for one in examples])
    as_happy = (classes >= 0) & ((classes == HAPPY) == (happy == 1))
    return np.asarray(np.where(labels >= 0, classes == labels, as_happy), np.bool_)


def main() -> None:
    """Print one row a set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--count", type=int, default=800)
    asked = parser.parse_args()
    print(f"{'set':12}{'pictures':>9}{'found':>13}{'right %':>13}{'both found':>14}   (published, now)")
    readers = [open_picture_reader(load(options=options).settings) for options in METHODS]
    for name in asked.sets:
        examples = judged(asked.data, name, asked.count)
        classes = np.array([said(examples, reader) for reader in readers])
        seen = classes != NOT_FOUND
        found, both = seen.sum(1), seen.all(0)
        hits = [right(of, examples) for of in classes]
        share = [100 * hit.mean() for hit in hits]
        there = [100 * mean_of(hit[both]) for hit in hits]
        print(
            f"{name:12}{len(examples):9}{found[0]:7}{found[1]:6}{share[0]:7.1f}{share[1]:6.1f}"
            f"{there[0]:8.1f}{there[1]:6.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
