"""Make chips once, with the runtime's own alignment, a little wider than the network's own.

The rim of `RIM_PX` leaves room for the jitter of training; without jitter the middle of a wide chip
is the very chip that the daemon would make.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.emotions import EMOTIONS
from drivermon.errors import SourceError
from drivermon.perception.alignment import DEFAULT_GEOMETRY, ChipGeometry
from drivermon.perception.crops import crop_chip, fit_crop
from drivermon.perception.landmarks import Landmarks68
from training.datasets import Example

RIM_PX = 8


def widened(geometry: ChipGeometry, rim_px: int = RIM_PX) -> ChipGeometry:
    """Return the geometry of the same face at the same scale with `rim_px` more on every side."""
    size = geometry.size_px + 2 * rim_px
    x, y = ((share * geometry.size_px + rim_px) / size for share in geometry.left_eye)
    return ChipGeometry(size, (x, y), geometry.channels)


@dataclass(frozen=True, slots=True)
class ChipSet:
    """Chips and what is known about each, row by row.

    Attributes:
        chips: uint8 (N, S + 2 rim, S + 2 rim).
        aligned: bool (N,); False where no landmarks fitted and the plain crop stands in.
        original: int64 (N,), class index or -1.
        votes: float32 (N, 7), number of annotators for each class, 0 where nobody voted.
        happy: int64 (N,), 1, 0 or -1 for unknown.
        group: str (N,); the same group never stands on both sides of a split.
        dataset: str (N,).

    """

    chips: NDArray[np.uint8]
    aligned: NDArray[np.bool_]
    original: NDArray[np.int64]
    votes: NDArray[np.float32]
    happy: NDArray[np.int64]
    group: NDArray[np.str_]
    dataset: NDArray[np.str_]

    def __len__(self) -> int:
        """Return how many chips there are."""
        return len(self.chips)

    def __getitem__(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """Return the given rows."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))

    def save(self, path: Path) -> None:
        """Write one .npz file, whole or not at all."""
        part = path.with_suffix(".part.npz")
        np.savez(part, **{field.name: getattr(self, field.name) for field in fields(self)})
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            SourceError: there is no such file.

        """
        if not path.is_file():
            raise SourceError(f"{path} is missing: make it with `python -m training chips`")
        with np.load(path) as stored:
            return cls(*(stored[field.name] for field in fields(cls)))

    @classmethod
    def join(cls, parts: Iterable[Self]) -> Self:
        """Return all rows of all parts."""
        parts = list(parts)
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))


def make_chips(examples: list[Example], jobs: int = 1) -> ChipSet:
    """Read and align every example with `jobs` processes.

    Raises:
        SourceError: a picture can't be read.

    """
    paths = [example.path for example in examples]
    if jobs == 1:
        made = [_wide_chip(path) for path in paths]
    else:
        # spawned, not forked: threads of torch or OpenCV in this process must not be copied halfway
        with get_context("spawn").Pool(jobs) as pool:
            made = pool.map(_wide_chip, paths, chunksize=64)
    return ChipSet(
        chips=np.stack([chip for chip, _ in made]),
        aligned=np.array([aligned for _, aligned in made]),
        original=np.array([example.original for example in examples], np.int64),
        votes=np.array([example.votes for example in examples], np.float32).reshape(-1, len(EMOTIONS)),
        happy=np.array([example.happy for example in examples], np.int64),
        group=np.array([example.group for example in examples]),
        dataset=np.array([example.dataset for example in examples]),
    )


@cache
def _predictor() -> Landmarks68:
    """Return this process's own predictor: one must not be shared."""
    cv2.setNumThreads(1)
    return Landmarks68()


def _wide_chip(path: Path) -> tuple[NDArray[np.uint8], bool]:
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise SourceError(f"{path} is no picture that can be read")
    image = np.asarray(picture, np.uint8)
    shape = fit_crop(_predictor(), image)
    return crop_chip(image, shape, widened(DEFAULT_GEOMETRY))[:, :, 0], shape is not None
