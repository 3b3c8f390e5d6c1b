"""Any pictures sorted into one folder a class: `happy/anna/1.jpg`.

A folder named after one of the seven classes (or angry, sad, afraid, …) gives the label to all below it;
a folder below that is a subject; a folder `test` above makes an official test part. Folders of other names
are dropped with a count; a class folder without a picture is an error, for a class can't be learned from
nothing. "folders" holds whole pictures, in which the face is looked for, and "crops" holds faces cut out.

"unlabelled" holds faces cut out that nobody has named an expression of, in any folders: only teachers say
what they show (`train --unlabelled-teacher`).
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from drivermon.emotions import EMOTIONS
from drivermon.errors import SourceError
from training.datasets.example import (
    Drops,
    Example,
    Importer,
    class_index,
    one_annotator,
    pictures_under,
)
from training.datasets.words import WORDS


def read(folder: Path, drops: Drops, *, dataset: str, cropped: bool) -> Iterator[Example]:
    """Yield all pictures under a class folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir() and path.name.lower() in WORDS and not pictures_under(path):
            raise SourceError(f"{path} holds no picture: fill the class or delete its folder")
    for path in pictures_under(folder):
        inside = path.relative_to(folder).parts[:-1]
        at = next((index for index, part in enumerate(inside) if part.lower() in WORDS), None)
        if at is None:
            drops[f"folder {inside[-1]}" if inside else "in no folder"] += 1
            continue
        label = class_index(inside[at].lower(), WORDS, path)
        name = path.relative_to(folder).as_posix()
        subject = f"{dataset}/{inside[at + 1]}" if len(inside) > at + 1 else None
        test = any(part.lower() == "test" for part in inside[:at])
        yield Example(
            path=path,
            dataset=f"{dataset}-test" if test else dataset,
            group=subject or f"{dataset}/{name}",
            original=label,
            votes=one_annotator(label),
            subject=subject,
            usage="test" if test else "train",
            cropped=cropped,
        )


def read_unlabelled(folder: Path, _: Drops) -> Iterator[Example]:
    """Yield all pictures, wherever they lie."""
    for path in pictures_under(folder):
        name = path.relative_to(folder).as_posix()
        yield Example(path=path, dataset="unlabelled", group=f"unlabelled/{name}", cropped=True)


LAYOUT = f"one folder a class ({', '.join(EMOTIONS)}), and in it one a subject or none"
IMPORTER = Importer("folders", LAYOUT, partial(read, dataset="folders", cropped=False))
CROPS = Importer("crops", LAYOUT, partial(read, dataset="crops", cropped=True))
UNLABELLED = Importer("unlabelled", "faces cut out, in any folders", read_unlabelled)
