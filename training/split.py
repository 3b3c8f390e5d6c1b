"""Which chips are learned from, which choose, which report: by person, or by picture as was published.

15 % of all that may be split are tested on and 10 % of the rest validate, evenly over the labels of every
set. A set with a test part of its own keeps it and gives no other. By subject, a group (a person where
the set tells, else pictures that are nearly the same) stands on one side only. By image, every picture
is drawn alone: that is how the published method split, and why it saw its test persons in training.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Literal

import numpy as np

from drivermon.emotions import EMOTIONS
from drivermon.errors import SourceError
from training.manifest import Manifest
from training.markdown import table

By = Literal["subject", "image"]

TEST, VALIDATION = 0.15, 0.10
SPLIT_BY, SEED = "split_by", "split_seed"


def divided(manifest: Manifest, by: By = "subject", seed: int = 0) -> Manifest:
    """Return the manifest with a new split; the same seed gives the same one.

    Raises:
        SourceError: there is one subject only, so none can be held apart; or by subject something still
            stands on both sides.

    """
    usage, dataset = manifest.column("usage"), manifest.column("dataset")
    free = [row for row, use in enumerate(usage) if use == "train"]
    units = manifest.column("group") if by == "subject" else [str(row) for row in range(len(manifest))]
    if free and len({units[row] for row in free}) < 3:
        raise SourceError(
            "all pictures are of one or two subjects, so none can be held apart by subject: "
            "prepare more sets, or split with --by image"
        )
    strata = list(zip(dataset, _labels(manifest), strict=True))
    own_test = {family(name) for name, use in zip(dataset, usage, strict=True) if use == "test"}
    split = list(usage)
    random = np.random.default_rng(seed)
    # a group that reaches into a set with a test part of its own stays out of ours as a whole
    bound = {units[row] for row in free if family(dataset[row]) in own_test}
    testable = [row for row in free if units[row] not in bound]
    tested = _drawn(testable, units, strata, TEST, random)
    rest = [row for row in free if row not in tested]
    validating = _drawn(rest, units, strata, VALIDATION, random)
    for row in free:
        split[row] = "test" if row in tested else "validation" if row in validating else "train"
    result = manifest.with_split(split, {SPLIT_BY: by, SEED: str(seed)})
    check(result)
    return result


def family(dataset: str) -> str:
    """Return the set that a part such as "fer2013-valid" belongs to."""
    return dataset.split("-", maxsplit=1)[0]


def _labels(manifest: Manifest) -> list[int]:
    """Return a label a row: the original one, else whether it is happy, apart from all classes."""
    return [
        original if original >= 0 else -2 - happy
        for original, happy in zip(manifest.column("original"), manifest.column("happy"), strict=True)
    ]


def _drawn(
    rows: Sequence[int],
    units: Sequence[str],
    strata: Sequence[tuple[str, int]],
    share: float,
    random: np.random.Generator,
) -> set[int]:
    """Draw whole units until every stratum is as near to its share as they allow.

    A unit is taken if that brings the counts nearer to the wanted ones (chi-squared over strata).
    """
    members: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        members[units[row]].append(row)
    total = Counter(strata[row] for row in rows)
    missing = {stratum: share * count for stratum, count in total.items()}
    names = sorted(members)
    taken: set[int] = set()
    best, smallest = float("inf"), ""
    for index in random.permutation(len(names)):
        counts = Counter(strata[row] for row in members[names[index]])
        worse = sum(
            ((missing[one] - count) ** 2 - missing[one] ** 2) / total[one] for one, count in counts.items()
        )
        if worse < best:
            best, smallest = worse, names[index]
        if worse < 0:
            taken.update(members[names[index]])
            for one, count in counts.items():
                missing[one] -= count
    return taken or set(members.get(smallest, ()))


def check(manifest: Manifest) -> None:
    """Refuse a split by subject in which a person, a group or a picture stands on two sides.

    Training, validation, and all that judges are the three sides.

    Raises:
        SourceError: names what does.

    """
    if manifest.notes.get(SPLIT_BY) != "subject":
        return
    split = ["judge" if side == "test" else side for side in manifest.column("split")]
    for name in ("subject", "group", "hash"):
        sides: dict[str, set[str]] = defaultdict(set)
        for value, side in zip(manifest.column(name), split, strict=True):
            if value is not None:
                sides[value].add(side)
        both = {value for value, where in sides.items() if len(where) > 1}
        if both:
            raise SourceError(
                f"{len(both)} values of {name} stand on two sides of the split, such as {min(both)!r}: "
                "split again, or prepare again if the set's own test part shares them"
            )


def split_table(manifest: Manifest) -> str:
    """Write how many pictures of each set stand where, as Markdown."""
    sides = ("train", "validation", "test", "judge")
    counts = Counter(zip(manifest.column("dataset"), manifest.column("split"), strict=True))
    names = sorted({dataset for dataset, _ in counts})
    return table(["set", *sides], [[name, *(counts[name, side] for side in sides)] for name in names])


def untaught(manifest: Manifest) -> list[str]:
    """Return the emotions of which no picture is left to learn from."""
    rows = zip(*(manifest.column(name) for name in ("original", "split", "detector")), strict=True)
    taught = {label for label, side, found in rows if side == "train" and found != "none"}
    return [emotion for index, emotion in enumerate(EMOTIONS) if index not in taught]
