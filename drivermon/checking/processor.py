"""What the computer has to give: cores, quota, and what else wants them."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivermon.checking.findings import Finding, fail, ok, warn
from drivermon.config import RuntimeSettings

NEEDED_CORES: Final = 2
"""What the budgets hold for: one for the daemon, one for everything else."""


@dataclass(frozen=True, slots=True)
class Processor:
    """What this process may use.

    Attributes:
        cores: of its affinity.
        quota: cores' worth of time that its control group allows, `None` without a limit.
        load: processes that wanted to run, mean of the last minute.

    """

    cores: int
    quota: float | None
    load: float


def judge_processor(processor: Processor, runtime: RuntimeSettings) -> list[Finding]:
    """Judge cores, load and the threads that the settings ask for."""
    return [_judge_cores(processor), _judge_load(processor), _judge_threads(processor, runtime)]


def _judge_cores(processor: Processor) -> Finding:
    name, usable = "processor", _usable(processor)
    told = f"{processor.cores} cores" if processor.quota is None else f"a quota of {processor.quota:g} cores"
    if usable < 1:
        return fail(
            name, f"{told}: less than the daemon needs", "raise CPUQuota= of its unit to 100% or more"
        )
    if usable < NEEDED_CORES:
        remedy = f"give it {NEEDED_CORES} cores, or ask for fewer pictures: camera.fps = 15"
        return warn(name, f"{told}: nothing is left for anything else", remedy)
    return ok(name, told)


def _judge_load(processor: Processor) -> Finding:
    name, load = "load", f"{processor.load:.1f} processes want to run"
    if processor.load > processor.cores:
        remedy = "see who they are with `top`; give the daemon precedence: Nice=-5 in its unit"
        return warn(name, f"{load}, more than the {processor.cores} cores: pictures will be late", remedy)
    return ok(name, load)


def _judge_threads(processor: Processor, runtime: RuntimeSettings) -> Finding:
    name, threads = "threads", f"runtime.threads = {runtime.threads}"
    if runtime.threads > max(1.0, _usable(processor)):
        return warn(name, f"{threads}, more than there are cores", "set runtime.threads = 1")
    return ok(name, threads)


def _usable(processor: Processor) -> float:
    return processor.cores if processor.quota is None else min(processor.cores, processor.quota)


def gather_processor(
    own: Path = Path("/proc/self/cgroup"), groups: Path = Path("/sys/fs/cgroup")
) -> Processor:
    """Ask the system; `own` and `groups` are where it tells of control groups."""
    return Processor(len(os.sched_getaffinity(0)), _least_quota(own, groups), os.getloadavg()[0])


def _least_quota(own: Path, groups: Path) -> float | None:
    """Return the least quota of this process's control group and those above it."""
    lines = own.read_text().splitlines() if own.exists() else []
    paths = [groups / line.removeprefix("0::/") for line in lines if line.startswith("0::/")]
    folders = [folder for path in paths for folder in (path, *path.parents) if folder.is_relative_to(groups)]
    files = [folder / "cpu.max" for folder in folders]
    quotas = [quota_of(file.read_text()) for file in files if file.exists()]
    return min((quota for quota in quotas if quota is not None), default=None)


def quota_of(text: str) -> float | None:
    """Return the cores' worth of a control group's `cpu.max`, `None` without a limit."""
    quota, _, period = text.strip().partition(" ")
    return None if quota == "max" else int(quota) / int(period)
