"""The manifest of prepared chips: one Parquet row a chip, in the order of the chips.

Columns: image, dataset, subject (null where unknown), group, original (-1 without), votes (seven), happy
(-1 unknown), usage, split, hash (perceptual, hexadecimal), detector (see `Outcome`), attributes (JSON).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from drivermon.emotions import EMOTIONS
from drivermon.errors import SourceError
from training.files import written_whole

MANIFEST = "manifest.parquet"
CHIPS = "chips.npy"
CROPPED = "cropped"
"""Note that names the sets prepared as faces cut out, each of which is one face."""

Outcome = Literal["eyes", "crop", "none"]
"""How a chip was made: aligned by its eyes; from a crop without a face of its size, by the average crop's;
or not at all, because no face was found: such a chip is black."""
Split = Literal["train", "validation", "test", "judge"]

SCHEMA = pa.schema(
    [
        ("image", pa.string()),
        ("dataset", pa.string()),
        ("subject", pa.string()),
        ("group", pa.string()),
        ("original", pa.int8()),
        ("votes", pa.list_(pa.int8(), len(EMOTIONS))),
        ("happy", pa.int8()),
        ("usage", pa.string()),
        ("split", pa.string()),
        ("hash", pa.string()),
        ("detector", pa.string()),
        ("attributes", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """All rows as a table, and what is said of them together.

    Attributes:
        table: with the columns of `SCHEMA`.
        notes: how it was made: settings of `prepare`, and of `split` once it has run.

    """

    table: pa.Table
    notes: Mapping[str, str]

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]], notes: Mapping[str, str]) -> "Manifest":
        """Make one from a mapping a row."""
        return cls(pa.Table.from_pylist(list(rows), SCHEMA), notes)

    @classmethod
    def load(cls, folder: Path) -> "Manifest":
        """Read the manifest of a folder that `prepare` wrote.

        Raises:
            SourceError: there is none, or it is damaged or of another version.

        """
        path = folder / MANIFEST
        if not path.is_file():
            raise SourceError(f"{path} is missing: make it with `python -m training prepare DATA {folder}`")
        try:
            table = pq.read_table(path, partitioning=None)
        except (pa.ArrowException, OSError) as error:
            raise SourceError(f"{path} can't be read ({error}): delete it and prepare again") from error
        if table.schema.names != SCHEMA.names:
            raise SourceError(f"{path} has other columns than this version writes: prepare again")
        notes = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
        return cls(table, notes)

    def save(self, folder: Path) -> None:
        """Write it, whole or not at all.

        Raises:
            OutputError: the folder can't be written.

        """
        with written_whole(folder / MANIFEST) as part:
            pq.write_table(self.table.replace_schema_metadata(dict(self.notes)), part)

    def __len__(self) -> int:
        """Return how many rows there are."""
        return int(self.table.num_rows)

    def column(self, name: str) -> list[Any]:
        """Return one column."""
        return list(self.table.column(name).to_pylist())

    def attributes(self) -> list[dict[str, str]]:
        """Return what is known of each picture."""
        return [json.loads(text) for text in self.column("attributes")]

    def with_split(self, split: Sequence[str], notes: Mapping[str, str]) -> "Manifest":
        """Return the manifest with another split, and how it came about."""
        index = SCHEMA.names.index("split")
        table = self.table.set_column(index, SCHEMA.field(index), pa.array(split, pa.string()))
        return replace(self, table=table, notes={**self.notes, **notes})
