"""The drives that ship, and how to play any drive: the front door of the simulation."""

from functools import cache
from pathlib import Path
from typing import Any

from drivermon.errors import ScriptError
from drivermon.simulation.drive.measuring import HOG_68, NOISELESS, USUAL, MeasurementNoise
from drivermon.simulation.drive.observing import play_observations
from drivermon.simulation.drive.playing import play
from drivermon.simulation.drive.truth_rows import read_rows
from drivermon.simulation.script.model import Script
from drivermon.simulation.script.parsing import parse_script
from drivermon.simulation.script.words import nearest

__all__ = [
    "HOG_68",
    "NOISELESS",
    "USUAL",
    "MeasurementNoise",
    "demo_truth",
    "demo_video",
    "load_script",
    "named_scripts",
    "parse_script",
    "play",
    "play_observations",
]

SUFFIX = ".drive"

LARGEST_BYTES = 4_000_000
"""More text than anybody writes; a larger file is something else."""

_FOLDER = Path(__file__).parent


@cache
def named_scripts() -> dict[str, Path]:
    """Return the shipped drives by name."""
    return {path.stem: path for path in sorted((_FOLDER / "scripts").glob(f"*{SUFFIX}"))}


def load_script(name_or_path: str | Path) -> Script:
    """Read a drive: a shipped one by its name, or a file by its path.

    Raises:
        ScriptError: no such drive, a file that can't be read or is no text, or a line that is not
            understood; names file, line and word.

    """
    given = str(name_or_path)
    path = named_scripts().get(given, Path(given))
    try:
        size = path.stat().st_size if given else None
    except (OSError, ValueError):  # ValueError: a zero byte in the name
        size = None
    if size is None:
        hint = nearest(given, named_scripts())
        raise ScriptError(f'"{given}": no such drive, neither a file nor a shipped one; {hint}')
    if size > LARGEST_BYTES:
        raise ScriptError(f"{given}: larger than {LARGEST_BYTES:,} bytes; this is no drive script")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ScriptError(f"{given}: not UTF-8 text (byte {error.start}); this is no drive script") from None
    except OSError as error:
        raise ScriptError(f"{given}: can't be read: {error.strerror}") from None
    return parse_script(text, path.name)


def demo_video() -> Path:
    """Return the rendered demo drive."""
    return _FOLDER / "assets" / "demo.mp4"


def demo_truth() -> list[dict[str, Any]]:
    """Return the truth of every frame of `demo_video`; see `truth_rows.truth_row`."""
    return read_rows(_FOLDER / "assets" / "demo.truth.jsonl.gz")
