"""Stirling's pain expression subset of PICS (pics.stir.ac.uk, 2D face sets).

Where: free to download there. Terms: research.
Layout: `f1a1.jpg`, `m12sa2.jpg`: f or m, number of the person, expression, take. Expressions: n neutral,
a angry, d disgust, f afraid, h happy, sa sad, s surprised; pain and all other codes are dropped and
counted. Subject: sex and number. The pattern is that of a published reader of the set, not of its own
description, which was not at hand.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from training.datasets.example import Drops, Example, Importer, class_index, labelled, pictures_under

LABELS = {
    "n": "neutral",
    "a": "anger",
    "d": "disgust",
    "f": "fear",
    "h": "happy",
    "sa": "sadness",
    "s": "surprise",
}
NAME = re.compile(r"([fm])(\d{1,2})([a-z]+)(\d*)", re.IGNORECASE)


def read(folder: Path, drops: Drops) -> Iterator[Example]:
    """Yield all pictures of the seven classes."""
    for path in pictures_under(folder):
        name = NAME.fullmatch(path.stem)
        if name is None:
            drops["file name not of the set"] += 1
            continue
        sex, number, code, _ = (part.lower() for part in name.groups())
        if code not in LABELS:
            drops[f"expression {code}"] += 1
            continue
        label = class_index(code, LABELS, path)
        spelt = "female" if sex == "f" else "male"
        yield labelled(path, "stirling", f"stirling/{sex}{number}", label, sex=spelt)


IMPORTER = Importer("stirling", "f1a1.jpg, m12sa2.jpg and others", read)
