"""DDCF, the Dartmouth Database of Children's Faces (Dalrymple et al. 2013).

Where: by mail to the paper's corresponding author (doi.org/10.1371/journal.pone.0079131). Terms: research.
80 children of 6 to 16 years, eight expressions, five camera angles, two lights. Labels: neutral, sad,
angry, afraid, happy, surprised and disgusted; content is dropped.

Layout: the set's own description of its file names was not at hand. What is read is any picture whose
name holds, between signs that are no letters, one of the words for an expression. Subject: the folder it
lies in if that is named like `M01`, `F12` or `model_07`, else such a part of its name; the letter is the
sex.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from training.datasets.example import Drops, Example, Importer, class_index, labelled, pictures_under
from training.datasets.words import OTHER, WORDS

SUBJECT = re.compile(r"(?:^|[^A-Za-z])([MF]|model|child|subject)[ _-]?(\d{1,3})(?=$|\D)", re.IGNORECASE)
SEXES = {"m": "male", "f": "female"}


def read(folder: Path, drops: Drops) -> Iterator[Example]:
    """Yield all pictures with an expression and a subject in their name."""
    for path in pictures_under(folder):
        found = [word for word in re.split(r"[^a-z]+", path.stem.lower()) if word in WORDS or word in OTHER]
        subject = SUBJECT.search(path.parent.name) or SUBJECT.search(path.stem)
        if not found or found[0] in OTHER:
            drops[found[0] if found else "no expression in the file name"] += 1
        elif subject is None:
            drops["no subject in the file name"] += 1
        else:
            yield _example(path, found[0], subject[1].lower(), subject[2])


def _example(path: Path, word: str, kind: str, number: str) -> Example:
    name = f"dartmouth/{kind if kind in SEXES else ''}{int(number):03d}"
    label = class_index(word, WORDS, path)
    attributes = {"age": "child", **({"sex": SEXES[kind]} if kind in SEXES else {})}
    return labelled(path, "dartmouth", name, label, **attributes)


IMPORTER = Importer("dartmouth", "one folder a child, pictures with the expression in their name", read)
