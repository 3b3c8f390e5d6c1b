"""KDEF, the Karolinska Directed Emotional Faces (Lundqvist et al. 1998).

Where: kdef.se. Terms: non-commercial research.
Layout: `AF01/AF01ANS.JPG`, at any depth: session A or B, F or M, number of the person, expression, and
angle: S straight, HL and HR half left and right, FL and FR full profile. 70 people, seven expressions
(AF AN DI HA NE SA SU), 562x762 px. The set has some misspelt names; they are dropped and counted.
Subject: sex and number, the same in both sessions.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from training.datasets.example import Drops, Example, Importer, class_index, labelled, pictures_under

LABELS = {
    "AF": "fear",
    "AN": "anger",
    "DI": "disgust",
    "HA": "happy",
    "NE": "neutral",
    "SA": "sadness",
    "SU": "surprise",
}
ANGLES = {"S": "0", "HL": "45 left", "HR": "45 right", "FL": "90 left", "FR": "90 right"}
NAME = re.compile(r"([AB])([FM])(\d\d)(AF|AN|DI|HA|NE|SA|SU)(S|HL|HR|FL|FR)", re.IGNORECASE)


def read(folder: Path, drops: Drops) -> Iterator[Example]:
    """Yield all pictures."""
    for path in pictures_under(folder):
        name = NAME.fullmatch(path.stem)
        if name is None:
            drops["file name not of the set"] += 1
            continue
        session, sex, number, code, angle = (part.upper() for part in name.groups())
        yield labelled(
            path,
            "kdef",
            f"kdef/{sex}{number}",
            class_index(code, LABELS, path),
            sex="female" if sex == "F" else "male",
            pose=ANGLES[angle],
            session=session,
        )


IMPORTER = Importer("kdef", "AF01/AF01ANS.JPG and others", read)
