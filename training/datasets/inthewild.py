"""`inthewild`: faces from the web and of the kind of LFW, with a label each by one annotator.

Where: it comes with this project's data and can't be asked for elsewhere. Terms: research.
Layout: pictures up to 192 px, mostly gray, beside `labels.csv` with file, subject and label. The labels
are the seven classes by our own names; they are noisy. Subject: a key in the table.
"""

from collections.abc import Iterator
from pathlib import Path

from drivermon.emotions import EMOTIONS
from training.datasets.example import Drops, Example, Importer, class_index, one_annotator, table

LABELS: dict[str, str] = {emotion: emotion for emotion in EMOTIONS}


def read(folder: Path, _: Drops) -> Iterator[Example]:
    """Yield all pictures; the single label counts for both views."""
    for row in table(folder / "labels.csv", "file", "subject", "label"):
        label = class_index(row["label"], LABELS, folder / "labels.csv")
        subject = f"inthewild/{row['subject']}"
        yield Example(
            path=folder / row["file"],
            dataset="inthewild",
            group=subject,
            original=label,
            votes=one_annotator(label),
            subject=subject,
            cropped=True,
        )


IMPORTER = Importer("inthewild", "labels.csv (file, subject, label) and pictures", read)
