"""What a process and its children use, from proc(5)."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICK_S: Final = 1.0 / os.sysconf("SC_CLK_TCK")
_PAGE_MB: Final = os.sysconf("SC_PAGE_SIZE") / 1e6


@dataclass(frozen=True, slots=True)
class Use:
    """Of a process and its living descendants.

    Attributes:
        user_s, system_s: CPU time since their start.
        resident_mb: memory in RAM now, 10^6 bytes; what several share counts for each.
        threads: of all of them.

    """

    user_s: float
    system_s: float
    resident_mb: float
    threads: int


def use_of(pid: int, proc: Path = Path("/proc")) -> Use | None:
    """Return what process `pid` and its descendants use, `None` once it has ended."""
    uses = [use for each in (pid, *_descendants(pid, proc)) if (use := _use_of_one(each, proc)) is not None]
    if not uses:
        return None
    return Use(
        user_s=sum(use.user_s for use in uses),
        system_s=sum(use.system_s for use in uses),
        resident_mb=sum(use.resident_mb for use in uses),
        threads=sum(use.threads for use in uses),
    )


def _use_of_one(pid: int, proc: Path) -> Use | None:
    try:
        # the name, in parentheses, may hold spaces
        fields = (proc / f"{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return Use(
        user_s=int(fields[11]) * _TICK_S,
        system_s=int(fields[12]) * _TICK_S,
        resident_mb=int(fields[21]) * _PAGE_MB,
        threads=int(fields[17]),
    )


def _descendants(pid: int, proc: Path) -> list[int]:
    try:
        children = [
            int(child)
            for file in (proc / f"{pid}/task").glob("*/children")
            for child in file.read_text().split()
        ]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [one for child in children for one in (child, *_descendants(child, proc))]
