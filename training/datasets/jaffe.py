"""JAFFE, the Japanese Female Facial Expression database (Lyons et al. 1998). It only judges.

Where: zenodo.org/record/3451524, on request. Terms: non-commercial research.
Layout: 213 gray pictures of 256x256 px, named `KA.AN1.39.tiff`: subject's initials, expression and
repetition, running number. Expressions: AN DI FE HA NE SA SU. Subject: her initials, ten of them.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from training.datasets.example import Drops, Example, Importer, class_index, pictures_under

LABELS = {
    "AN": "anger",
    "DI": "disgust",
    "FE": "fear",
    "HA": "happy",
    "NE": "neutral",
    "SA": "sadness",
    "SU": "surprise",
}
NAME = re.compile(r"([A-Z]{2})\.([A-Z]{2})\d\.\d+")


def read(folder: Path, drops: Drops) -> Iterator[Example]:
    """Yield all pictures."""
    for path in pictures_under(folder):
        name = NAME.match(path.name)
        if name is None:
            drops["file name not of the set"] += 1
            continue
        subject = f"jaffe/{name[1]}"
        yield Example(
            path=path,
            dataset="jaffe",
            group=subject,
            original=class_index(name[2], LABELS, path),
            subject=subject,
            usage="judge",
            attributes={"sex": "female"},
        )


IMPORTER = Importer("jaffe", "KA.AN1.39.tiff and others", read)
