"""Truth as JSON: one object for each frame."""

import gzip
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from drivermon.errors import SourceError
from drivermon.simulation.drive.playing import Shot

_PIXEL_DECIMALS, _DECIMALS = 1, 4


def truth_row(shot: Shot) -> dict[str, Any]:
    """Return everything known of a frame: `t`, `index`, what goes on, light, and the fields of `Truth`.

    Pixels have one decimal, everything else four; `points68_visible` is a string of 0 and 1.
    """
    truth = shot.truth
    row: dict[str, Any] = {"t": shot.t, "index": shot.index, "doing": list(shot.scene.doing)}
    row["light"] = shot.scene.light.kind
    row["covered"] = round(shot.scene.camera.covered, _DECIMALS)
    row["dark"] = round(shot.scene.camera.dark, _DECIMALS)
    for name, value in asdict(truth).items():
        row[name] = _plain(value, _PIXEL_DECIMALS if name in {"points68", "box"} else _DECIMALS)
    if truth.points68_visible is not None:
        row["points68_visible"] = "".join("1" if seen else "0" for seen in truth.points68_visible)
    return row


def dump_row(row: dict[str, Any]) -> str:
    """Return a row as one compact line."""
    return json.dumps(row, separators=(",", ":"), allow_nan=False) + "\n"


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read rows back from a `.jsonl` or `.jsonl.gz` file.

    Raises:
        SourceError: no such file, or a line that is not JSON.

    """
    try:
        if path.suffix == ".gz":
            text = gzip.decompress(path.read_bytes()).decode("utf-8")
        else:
            text = path.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]
    except OSError as error:
        raise SourceError(f"{path}: can't be read: {error.strerror or error}") from None
    except (ValueError, EOFError) as error:
        raise SourceError(f"{path}: not rows of truth: {error}; render the drive again") from None


def _plain(value: Any, decimals: int) -> Any:
    if isinstance(value, np.ndarray):
        return _plain(value.tolist(), decimals)
    if isinstance(value, (float, np.floating)):
        return round(float(value), decimals) + 0.0
    if isinstance(value, dict):
        return {name: _plain(part, decimals) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part, decimals) for part in value]
    return value
