"""RaFD, the Radboud Faces Database (Langner et al. 2010).

Where: rafd.socsci.ru.nl, on request. Terms: non-commercial research.
Layout: `Rafd090_01_Caucasian_female_angry_frontal.jpg`: camera angle (000, 045, 090, 135, 180; 090 is
frontal), number of the person, group (Caucasian, Moroccan, Kid), sex, expression, gaze (frontal, left,
right). 67 people, eight expressions: contemptuous is dropped. Subject: the number.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from training.datasets.example import Drops, Example, Importer, class_index, labelled, pictures_under
from training.datasets.words import OTHER, WORDS

NAME = re.compile(r"Rafd(\d{3})_(\d{2})_([A-Za-z]+)_(female|male)_([a-z]+)_(frontal|left|right)")


def read(folder: Path, drops: Drops) -> Iterator[Example]:
    """Yield all pictures of the seven classes."""
    for path in pictures_under(folder):
        name = NAME.fullmatch(path.stem)
        if name is None:
            drops["file name not of the set"] += 1
            continue
        angle, number, group, sex, word, gaze = name.groups()
        if word in OTHER:
            drops[word] += 1
            continue
        label = class_index(word, WORDS, path)
        attributes = {"pose": str(abs(int(angle) - 90)), "camera": angle, "sex": sex, "gaze": gaze}
        attributes |= {"age": "child"} if group == "Kid" else {"age": "adult", "ethnicity": group}
        yield labelled(path, "rafd", f"rafd/{number}", label, **attributes)


IMPORTER = Importer("rafd", "Rafd090_01_Caucasian_female_angry_frontal.jpg and others", read)
