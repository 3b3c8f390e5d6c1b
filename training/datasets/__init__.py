"""The sets of faces that can be learned from or judged on, one module each, behind one `Importer`.

A module's docstring says where the set is asked for, on which terms, how its folder looks, what its
labels mean, and how the subject is found. What does not map to the seven classes is dropped and counted.
"""

from drivermon.errors import SourceError
from training.datasets import (
    cafe,
    ckplus,
    dartmouth,
    face_place,
    fer2013,
    folders,
    inthewild,
    jaffe,
    kdef,
    oulu_casia,
    raf_db,
    rafd,
    smiles,
    stirling,
    synthetic,
)
from training.datasets.example import Drops, Example, Importer

__all__ = ["IMPORTERS", "Drops", "Example", "Importer", "importer"]

SETS = (
    cafe.IMPORTER,
    ckplus.IMPORTER,
    dartmouth.IMPORTER,
    face_place.IMPORTER,
    face_place.UNSEEN,
    fer2013.IMPORTER,
    folders.IMPORTER,
    folders.CROPS,
    folders.UNLABELLED,
    inthewild.IMPORTER,
    jaffe.IMPORTER,
    kdef.IMPORTER,
    oulu_casia.IMPORTER,
    raf_db.IMPORTER,
    rafd.IMPORTER,
    smiles.IMPORTER,
    stirling.IMPORTER,
    synthetic.IMPORTER,
)
IMPORTERS: dict[str, Importer] = {one.name: one for one in SETS}
"""All sets by name, which also is the name of their folder under the data folder."""


def importer(name: str) -> Importer:
    """Return the importer of a set.

    Raises:
        SourceError: there is none of this name.

    """
    if name not in IMPORTERS:
        raise SourceError(f"no set is called {name!r}; known are {', '.join(IMPORTERS)}")
    return IMPORTERS[name]
