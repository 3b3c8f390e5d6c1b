"""How much of what is tested on has been seen in training, for both ways to split."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.duplicates import near_pairs
from training.manifest import Manifest
from training.markdown import table
from training.split import By, divided


@dataclass(frozen=True, slots=True)
class Leak:
    """How much of the test part training has seen.

    Attributes:
        by: how it was split.
        train: pictures learned from.
        test: pictures tested on.
        known: of these, pictures whose subject the set tells.
        same_person: of these, pictures of a person who is in training too.
        near: test pictures with a near duplicate in training.

    """

    by: By
    train: int
    test: int
    known: int
    same_person: int
    near: int


def leaks(manifest: Manifest, seed: int = 0) -> list[Leak]:
    """Split both ways and count what leaks from training, validation included, into test."""
    hashes = np.array([list(bytes.fromhex(text)) for text in manifest.column("hash")], np.uint8)
    pairs = near_pairs(hashes)
    return [_leak(divided(manifest, by, seed), by, pairs) for by in ("subject", "image")]


def _leak(manifest: Manifest, by: By, pairs: NDArray[np.int64]) -> Leak:
    split = np.array(manifest.column("split"))
    seen, tested = np.isin(split, ("train", "validation")), split == "test"
    subject = manifest.column("subject")
    persons = {subject[row] for row in np.nonzero(seen)[0] if subject[row] is not None}
    known = [row for row in np.nonzero(tested)[0] if subject[row] is not None]
    one, other = pairs[:, 0], pairs[:, 1]
    near = {*one[tested[one] & seen[other]].tolist(), *other[tested[other] & seen[one]].tolist()}
    return Leak(
        by=by,
        train=int(seen.sum()),
        test=int(tested.sum()),
        known=len(known),
        same_person=sum(subject[row] in persons for row in known),
        near=len(near),
    )


def leak_table(found: Iterable[Leak]) -> str:
    """Write leaks side by side, as Markdown."""
    head = [
        "split by",
        "learned from",
        "tested on",
        "person known",
        "person seen in training",
        "near duplicate",
    ]
    rows = []
    for leak in found:
        share = f" ({leak.same_person / leak.known:.0%})" if leak.known else ""
        rows.append([leak.by, leak.train, leak.test, leak.known, f"{leak.same_person}{share}", leak.near])
    return table(head, rows)
