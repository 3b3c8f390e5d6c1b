"""SMILEs: faces from news photographs, smiling or not.

Where: github.com/hromi/SMILEsmileD. Terms: the repository calls itself open source; the pictures are news
photographs: research only.
Layout: `labels.csv` with file and label (happy, not_happy), or, as the repository has it,
`SMILEs/positives/positives7/100.jpg` and `SMILEs/negatives/negatives7/…`; gray 64x64 crops.
Labels: only happy or not, about 5 % of them wrong. Subject: not known.
"""

from collections.abc import Iterator
from pathlib import Path

from drivermon.errors import SourceError
from training.datasets.example import Drops, Example, Importer, pictures_under, table

LABELS = {"happy": 1, "not_happy": 0}
FOLDERS = {"positives": 1, "negatives": 0}


def read(folder: Path, drops: Drops) -> Iterator[Example]:
    """Yield all pictures, of either layout."""
    labels = next(iter(sorted(folder.rglob("labels.csv"))), None)
    if labels is not None:
        for row in table(labels, "file", "label"):
            if row["label"] not in LABELS:
                raise SourceError(
                    f"{labels}: label {row['label']!r} is unknown; known are {', '.join(LABELS)}"
                )
            yield _example(labels.parent / row["file"], row["file"], LABELS[row["label"]])
        return
    for path in pictures_under(folder):
        file = path.relative_to(folder)
        said = [happy for name, happy in FOLDERS.items() if name in file.parts]
        if said:
            yield _example(path, file.as_posix(), said[0])
        else:
            drops["neither among positives nor negatives"] += 1


def _example(path: Path, file: str, happy: int) -> Example:
    return Example(path=path, dataset="smiles", group=f"smiles/{file}", happy=happy, cropped=True)


IMPORTER = Importer("smiles", "labels.csv (file, label), or positives/ and negatives/", read)
