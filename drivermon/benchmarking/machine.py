"""What was measured on: processor, memory, versions, and how busy it was."""

import importlib.metadata
import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from drivermon import __version__

PACKAGES: Final = ("av", "dlib-bin", "numpy", "opencv-python-headless", "pydantic", "pyzmq")
"""Whose versions change timings; beside them, whichever ONNX Runtime there is."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The computer, at the beginning of the benchmark.

    Attributes:
        utc: when, ISO 8601.
        processor: its model's name.
        cores: that this process may use.
        load_1min: processes that wanted to run, mean of the last minute: above 0 something else ran.
        memory_mb: in all, 10^6 bytes.
        kernel, python: versions.
        drivermon: version.
        packages: versions of what does the work.

    """

    utc: str
    processor: str
    cores: int
    load_1min: float
    memory_mb: float
    kernel: str
    python: str
    drivermon: str
    packages: dict[str, str]


def this_machine() -> Machine:
    """Return the facts about this computer."""
    return Machine(
        utc=datetime.now(UTC).isoformat(timespec="seconds"),
        processor=processor_of(Path("/proc/cpuinfo").read_text("utf-8", "replace")) or platform.machine(),
        cores=len(os.sched_getaffinity(0)),
        load_1min=round(os.getloadavg()[0], 2),
        memory_mb=round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e6),
        kernel=platform.release(),
        python=platform.python_version(),
        drivermon=__version__,
        packages=_versions(),
    )


def processor_of(cpuinfo: str) -> str | None:
    """Return the model's name in the text of /proc/cpuinfo; `None` where there is none, as on many ARMs."""
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        if key.strip() in {"model name", "Model"}:
            return value.strip()
    return None


def _versions() -> dict[str, str]:
    installed = {d.metadata["Name"]: d.version for d in importlib.metadata.distributions()}
    wanted = [name for name in installed if name in PACKAGES or (name or "").startswith("onnxruntime")]
    return {name: installed[name] for name in sorted(wanted)}
