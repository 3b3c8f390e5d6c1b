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
from drivermon.emotions import EMOTIONS
from drivermon.perception import open_picture_reader
from training.datasets import Example, importer
from training.drawn import drawn_rows

METHODS: dict[str, dict[str, str]] = {
    "published": {"face.detector": "hog", "face.follower": "dlib68"},
    "now": {},
}
NOT_FOUND, HAPPY = -1, EMOTIONS.index("happy")


def judged(data: Path, name: str, count: int) -> list[Example]:
    """Return at most `count` pictures of a set, of its test part if it has one."""
    examples = list(importer(name).examples(data / name))
    examples = [one for one in examples if one.usage == "test"] or examples
    return [examples[row] for row in drawn_rows(len(examples), count, 0)]


def said(examples: list[Example], options: Mapping[str, str]) -> NDArray[np.int64]:
    """Return the most probable class of the largest face of each picture, -1 where none is found."""
    settings = load(options=options).settings
    classes = []
    for found in classify([one.path for one in examples], open_picture_reader(settings), 0.5):
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
    for name in asked.sets:
        examples = judged(asked.data, name, asked.count)
        classes = {method: said(examples, options) for method, options in METHODS.items()}
        both = np.all([of >= 0 for of in classes.values()], axis=0)
        found = [int((of >= 0).sum()) for of in classes.values()]
        hits = [right(of, examples) for of in classes.values()]
        share = [100 * hit.mean() for hit in hits]
        there = [100 * hit[both].mean() if both.any() else float("nan") for hit in hits]
        print(
            f"{name:12}{len(examples):9}{found[0]:7}{found[1]:6}{share[0]:7.1f}{share[1]:6.1f}"
            f"{there[0]:8.1f}{there[1]:6.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
