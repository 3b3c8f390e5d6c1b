"""Prepared chips as arrays: what training and judging read.

A chip is a little wider than the network's own. The rim of `RIM_PX` leaves room for the jitter of
training; without jitter the middle of a wide chip is the very chip that the daemon would make.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from drivermon.errors import SourceError
from drivermon.perception.alignment import ChipGeometry
from training.files import written_whole
from training.manifest import CHIPS, MANIFEST, Manifest, Split

RIM_PX = 8


def widened(geometry: ChipGeometry, rim_px: int = RIM_PX) -> ChipGeometry:
    """Return the geometry of the same face at the same scale with `rim_px` more on every side."""
    size = geometry.size_px + 2 * rim_px
    x, y = ((share * geometry.size_px + rim_px) / size for share in geometry.left_eye)
    return ChipGeometry(size, (x, y), geometry.channels)


def save_prepared(folder: Path, manifest: Manifest, blocks: Iterable[NDArray[np.uint8]]) -> None:
    """Write chips, block by block, and then their manifest.

    Not through a memory map, which a full disk would kill; and the old manifest goes before the old
    chips, so that a kill on the way leaves nothing that looks whole.

    Raises:
        OutputError: the folder can't be written.

    """
    with written_whole(folder / CHIPS) as part, part.open("wb") as file:
        for number, block in enumerate(blocks):
            if number == 0:
                shape = (len(manifest), *block.shape[1:])
                header = {"descr": "|u1", "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(file, header)
            file.write(np.ascontiguousarray(block).tobytes())
        (folder / MANIFEST).unlink(missing_ok=True)
    manifest.save(folder)


@dataclass(frozen=True, slots=True)
class ChipSet:
    """Chips and what is known about each, row by row.

    Attributes:
        chips: uint8 (N, S + 2 rim, S + 2 rim), with a fourth axis of 3 for colour (BGR).
        aligned: bool (N,); False where no eyes were found and the plain crop stands in, or nothing.
        original: int64 (N,), class index or -1.
        votes: float32 (N, 7), number of annotators for each class, 0 where nobody voted.
        happy: int64 (N,), 1, 0 or -1 for unknown.
        group: str (N,); the same group never stands on both sides of a split.
        dataset: str (N,).
        subject: str (N,), "" where unknown.
        usage: str (N,), "train", "test" or "judge": what the set allows.
        split: str (N,), "train", "validation", "test" or "judge": where the row stands.
        image: str (N,), which picture it is.
        attributes: object (N,) of dict[str, str]: pose, light, glasses, sex, ... where the set tells.
        detector: str (N,), "eyes", "crop" or "none" (no face was found, the chip is black).

    """

    chips: NDArray[np.uint8]
    aligned: NDArray[np.bool_]
    original: NDArray[np.int64]
    votes: NDArray[np.float32]
    happy: NDArray[np.int64]
    group: NDArray[np.str_]
    dataset: NDArray[np.str_]
    subject: NDArray[np.str_]
    usage: NDArray[np.str_]
    split: NDArray[np.str_]
    image: NDArray[np.str_]
    attributes: NDArray[np.object_]
    detector: NDArray[np.str_]

    def __len__(self) -> int:
        """Return how many chips there are."""
        return len(self.chips)

    def __getitem__(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """Return the given rows."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))

    def classes(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return each chip's class (N,), the original one or else the votes', and whether it has any (N,).

        Where nobody named a class, the number says nothing.
        """
        told = (self.original >= 0) | (self.votes.sum(1) > 0)
        return np.where(self.original >= 0, self.original, self.votes.argmax(1)), told

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `prepare` wrote; the chips stay on disk until rows are chosen.

        Raises:
            SourceError: the folder holds no prepared chips, or chips and manifest don't belong together.

        """
        manifest = Manifest.load(folder)
        path = folder / CHIPS
        try:
            chips: NDArray[np.uint8] = np.load(path, mmap_mode="r")
        except (OSError, ValueError) as error:
            raise SourceError(f"{path} can't be read ({error}): prepare again") from error
        if len(chips) != len(manifest):
            raise SourceError(f"{path} has {len(chips)} chips for {len(manifest)} rows: prepare again")
        detector = np.array(manifest.column("detector"), np.str_)
        return cls(
            chips=chips,
            aligned=detector == "eyes",
            original=np.array(manifest.column("original"), np.int64),
            votes=np.array(manifest.column("votes"), np.float32),
            happy=np.array(manifest.column("happy"), np.int64),
            group=np.array(manifest.column("group"), np.str_),
            dataset=np.array(manifest.column("dataset"), np.str_),
            subject=np.array([subject or "" for subject in manifest.column("subject")], np.str_),
            usage=np.array(manifest.column("usage"), np.str_),
            split=np.array(manifest.column("split"), np.str_),
            image=np.array(manifest.column("image"), np.str_),
            attributes=np.array(manifest.attributes(), np.object_),
            detector=detector,
        )

    def part(self, *splits: Split) -> Self:
        """Return the rows of these parts.

        Pictures without a face teach nothing, so training and validation are without them; where the
        network is judged they stay in, for a face that is not found is a wrong answer.
        """
        return self[self.rows(*splits)]

    def rows(self, *splits: Split) -> NDArray[np.bool_]:
        """Return which rows `part` gives (N,): counting needs no chips from the disk."""
        blind = (self.detector == "none") & np.isin(self.split, ("train", "validation"))
        return np.asarray(np.isin(self.split, splits) & ~blind, np.bool_)

    def attribute(self, name: str) -> NDArray[np.str_]:
        """Return one attribute of every row, "" where the set does not tell."""
        return np.array([known.get(name, "") for known in self.attributes], np.str_)

    @classmethod
    def join(cls, parts: Iterable[Self]) -> Self:
        """Return all rows of all parts."""
        parts = list(parts)
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))
