"""Which pictures are the same, or nearly so: by perceptual hash.

The limits were chosen on 20,000 crops of FER2013, SMILEs and `inthewild` and on 10,000 chips: of the
pairs up to 40 of 256 bits apart that were looked at, all show one photograph, up to 60 one person at one
moment or nearly so; from 64 on different people are among them. FER2013's own duplicate groups are all 0
bits apart.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SAME_BITS, ALIKE_BITS = 40, 60
BLOCK = 2048


def near_pairs(hashes: NDArray[np.uint8], bits: int = ALIKE_BITS) -> NDArray[np.int64]:
    """Return (P, 3): two rows of hashes (N, B), the smaller first, and their distance, at most `bits`."""
    # bits as ±1: the dot product of two rows is the number of bits less twice their distance
    signs = np.unpackbits(hashes, axis=1).astype(np.float32) * 2.0 - 1.0
    size = signs.shape[1]
    found = [np.zeros((0, 3), np.int64)]
    for start in range(0, len(signs), BLOCK):
        products = signs[start : start + BLOCK] @ signs[start:].T
        one, other = np.nonzero(products >= size - 2 * bits)
        distance = ((size - products[one, other]) / 2).astype(np.int64)
        found.append(np.stack([one + start, other + start, distance], axis=1)[other > one])
    return np.concatenate(found)


def joined(names: Sequence[str], pairs: NDArray[np.int64]) -> list[str]:
    """Return the names where those of every pair of rows (P, 2) have become one, the alphabet's first."""
    first: dict[str, str] = {}

    def root(name: str) -> str:
        while name in first:
            name = first[name]
        return name

    for one, other in pairs.tolist():
        here, there = sorted((root(names[one]), root(names[other])))
        if here != there:
            first[there] = here
    return [root(name) for name in names]


def repeated(
    pairs: NDArray[np.int64], rank: NDArray[np.int64], subject: Sequence[str | None]
) -> dict[int, str]:
    """Return which rows are to go, and why.

    Of the same picture twice the first stays; nothing goes from a test part, but what is like its pictures
    goes from training. Pictures of known people that differ stay: a split keeps them together or apart.

    Args:
        pairs: from `near_pairs`.
        rank: (N,), 0 for rows of test parts and of sets that judge, 1 for others.
        subject: who is on the picture, `None` where unknown.

    """
    gone: dict[int, str] = {}
    # test pictures first, so that they speak for a chain of pictures like them
    order = np.argsort(rank[pairs[:, 0]] + rank[pairs[:, 1]], kind="stable")
    for one, other, distance in pairs[order].tolist():
        if rank[one] > rank[other]:
            one, other = other, one  # noqa: PLW2901 # the one that may go comes second
        if rank[other] == 0 or one in gone or other in gone:
            continue
        if rank[one] == 0:
            gone[other] = "like a test picture"
        elif distance == 0:
            gone[other] = "exact duplicate"
        elif distance <= SAME_BITS and None in (subject[one], subject[other]):
            gone[other] = "near duplicate"
    return gone
