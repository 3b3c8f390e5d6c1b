"""Files that appear whole or not at all, whatever stops the process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivermon.errors import OutputError

PART = ".part"
"""Behind the name of a file that is not finished; a killed process may leave one, the next overwrites it."""


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a place beside `path` to write to and to check; it becomes `path` if no error leaves the block.

    Raises:
        OutputError: the folder can't be made, or the disk is full; `path` is as it was before.

    """
    part = path.with_name(path.name + PART)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(path)
    except OSError as error:
        raise OutputError(
            f"{path} can't be written ({error}): is the disk full, the folder yours?"
        ) from error
    finally:
        if part.exists():
            part.unlink()
