"""Faces to learn from: chips with everything known about each, and how sure that is."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from drivermon.errors import SourceError

Floats = NDArray[np.floating]

CHIP_PX = 320
CHIP_MARGIN = 2.2
"""Chips are cut as the follower's crops are, but with so much more round the face that crops of another
place, size and tilt can be cut from them."""

RIGHT, LEFT = slice(36, 42), slice(42, 48)
INNER_LIPS = slice(60, 68)

# points, 0 to 67, of the mirrored face
MIRRORED = np.concatenate(
    [
        [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31],
        [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40],
        [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65],
    ]
)


@dataclass(frozen=True, slots=True)
class Faces:
    """N faces; a weight of 0 says that a thing is not known. Right comes before left, the driver's own.

    Attributes:
        chips: uint8 (N, 320, 320), the face upright in the middle.
        points: (N, 68, 2) pixels of the chip.
        point_weights: (N, 68).
        aperture: (N, 2) lid gap over eye width.
        aperture_weights: (N, 2).
        visible: (N, 2) 1 where an eye can be judged, 0 where it can't.
        visible_weights: (N, 2).
        mouth: (N,) inner-lip gap over inner-lip width.
        mouth_weights: (N,).
        pose: (N, 3) yaw, pitch, roll in degrees, in the picture of the chip (roll is about 0).
        pose_weights: (N,).
        present: (N,) 1 for a face, 0 for none.
        share: (N,) how often it is drawn, relative to others of its source.
        source: (N,) name of the set.

    """

    chips: NDArray[np.uint8]
    points: Floats
    point_weights: Floats
    aperture: Floats
    aperture_weights: Floats
    visible: Floats
    visible_weights: Floats
    mouth: Floats
    mouth_weights: Floats
    pose: Floats
    pose_weights: Floats
    present: Floats
    share: Floats
    source: NDArray[np.str_]

    def __len__(self) -> int:
        """Count the faces."""
        return len(self.chips)

    def __getitem__(self, rows: NDArray[np.integer] | NDArray[np.bool_] | slice) -> Self:
        """Choose some."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))

    def save(self, path: Path) -> None:
        """Write an uncompressed .npz, whole or not at all."""
        part = path.with_suffix(".part.npz")
        np.savez(part, **{field.name: getattr(self, field.name) for field in fields(self)})
        part.replace(path)

    @classmethod
    def load(cls, *paths: Path) -> Self:
        """Read files and put them together.

        Raises:
            SourceError: one is missing or damaged.

        """
        parts = [read_arrays(path) for path in paths]
        return cls(
            **{field.name: np.concatenate([part[field.name] for part in parts]) for field in fields(cls)}
        )

    @classmethod
    def stacked(cls, rows: "list[Face]") -> Self:
        """Put single faces together."""
        columns: dict[str, Any] = {
            field.name: _stack([getattr(row, field.name) for row in rows]) for field in fields(cls)
        }
        return cls(**columns)


def read_arrays(
    path: Path, made_by: str = "python -m training face prepare DATA WORK"
) -> dict[str, NDArray[Any]]:
    """Return the arrays of an .npz by their names.

    Args:
        path: of the file.
        made_by: the command that makes it, for the error.

    Raises:
        SourceError: it is missing or damaged.

    """
    try:
        with np.load(path) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        why = "is missing" if isinstance(error, FileNotFoundError) else f"can't be read ({error})"
        raise SourceError(f"{path} {why}; make it with `{made_by}`") from error


@dataclass(slots=True)
class Face:
    """One row of `Faces`; what is not given is not known."""

    chips: NDArray[np.uint8]
    points: Floats
    point_weights: Floats
    aperture: tuple[float, float] = (0.0, 0.0)
    aperture_weights: tuple[float, float] = (0.0, 0.0)
    visible: tuple[float, float] = (0.0, 0.0)
    visible_weights: tuple[float, float] = (0.0, 0.0)
    mouth: float = 0.0
    mouth_weights: float = 0.0
    pose: tuple[float, float, float] = (0.0, 0.0, 0.0)
    pose_weights: float = 0.0
    present: float = 1.0
    share: float = 1.0
    source: str = ""


def _stack(values: list[object]) -> NDArray[np.generic]:
    array = np.stack([np.asarray(value) for value in values])
    return array if array.dtype == np.uint8 or array.dtype.kind == "U" else array.astype(np.float32)


def eye_aspect_ratio(eye: Floats) -> float:
    """Lid gap over width of one eye's six points, (6, 2) or (6, 3); Soukupova & Cech 2016."""
    gap = np.linalg.norm(eye[1] - eye[5]) + np.linalg.norm(eye[2] - eye[4])
    return float(gap / (2 * np.linalg.norm(eye[0] - eye[3]) + 1e-6))


def lip_ratio(lips: Floats) -> float:
    """Mean gap over width of the eight points of the inner lips, (8, 2) or (8, 3)."""
    gap = np.linalg.norm(lips[1:4] - lips[7:4:-1], axis=1).mean()
    return float(gap / (np.linalg.norm(lips[0] - lips[4]) + 1e-6))
