"""Face Place (Tarr, NSF award 0339122): people of five groups, by turns of the head and by mood.

Where: face-place.org. Terms: scholarly research, no use for profit, with the acknowledgement that the
set's README asks for ("Face images courtesy of the Face-Place Face Database Project, copyright 2008,
Michael J. Tarr").

Layout: `Black/BF0601_1100_00F.jpg`: group (A Asian, B Black, C Caucasian, H Hispanic, M multiracial), sex
and number of the person; a code of take and mood; the view, degrees and L, R or F. What the code says of
the mood could not be verified, so the label comes from a folder named after a class above the picture
(`anger/BF0601_1100_00F.jpg`), or from a `labels.csv` with file and label. Pictures without are dropped.

The published method kept a part apart to see over-fitting: 742 pictures, 544 of them neutral. It is
expected in the same way, one folder a class, as "face-place-unseen", and only judges.
Subject: group, sex and number.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from training.datasets.example import (
    Drops,
    Example,
    Importer,
    Usage,
    class_index,
    one_annotator,
    pictures_under,
    table,
)
from training.datasets.words import WORDS

NAME = re.compile(r"([ABCHM])([FM])(\d{4})_(\d{4})_(\d{2})([FLR])", re.IGNORECASE)
GROUPS = {"A": "Asian", "B": "Black", "C": "Caucasian", "H": "Hispanic", "M": "multiracial"}


def read(folder: Path, drops: Drops, *, dataset: str, usage: Usage) -> Iterator[Example]:
    """Yield all pictures that have a label."""
    file = folder / "labels.csv"
    labels = {row["file"]: row["label"] for row in table(file, "file", "label")} if file.is_file() else {}
    for path in pictures_under(folder):
        inside = path.relative_to(folder)
        name = NAME.fullmatch(path.stem)
        if name is None:
            drops["file name not of the set"] += 1
            continue
        folders = [part.lower() for part in reversed(inside.parent.parts) if part.lower() in WORDS]
        word = labels.get(inside.as_posix(), folders[0] if folders else None)
        if word is None:
            drops["no label, by folder or table"] += 1
            continue
        group, sex, number, _, degrees, side = (part.upper() for part in name.groups())
        subject, label = f"face-place/{group}{sex}{number}", class_index(word.lower(), WORDS, path)
        yield Example(
            path=path,
            dataset=dataset,
            group=subject,
            original=label,
            votes=one_annotator(label),
            subject=subject,
            usage=usage,
            attributes={
                "sex": "female" if sex == "F" else "male",
                "ethnicity": GROUPS[group],
                "pose": f"{int(degrees)}" + {"L": " left", "R": " right"}.get(side, ""),
            },
        )


LAYOUT = "one folder a class, of pictures such as BF0601_1100_00F.jpg"
IMPORTER = Importer("face-place", LAYOUT, partial(read, dataset="face-place", usage="train"))
UNSEEN = Importer("face-place-unseen", LAYOUT, partial(read, dataset="face-place-unseen", usage="judge"))
