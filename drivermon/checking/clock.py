"""The clocks: timers run on the monotonic one, people read the other."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Final

from drivermon.checking.findings import Finding, fail, ok, warn

RELEASED: Final = date(2026, 11, 24)
"""Of this version; to be set at each release. A clock that is right is not before it."""

FINE_S: Final = 1e-3
"""Latencies are milliseconds: a coarser clock could not tell them."""

_READINGS: Final = 1000


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the clocks say.

    Attributes:
        readings: of the monotonic clock, one after another, seconds.
        resolution_s: that it claims.
        utc: the system clock.

    """

    readings: tuple[float, ...]
    resolution_s: float
    utc: datetime


def judge_clocks(clocks: Clocks) -> list[Finding]:
    """Judge both clocks."""
    return [_judge_monotonic(clocks), _judge_system(clocks.utc)]


def _judge_monotonic(clocks: Clocks) -> Finding:
    name = "monotonic clock"
    remedy = (
        "check the kernel's clock source: /sys/devices/system/clocksource/clocksource0/current_clocksource"
    )
    if any(after < before for before, after in pairwise(clocks.readings)):
        return fail(name, "it runs backward now and then", remedy)
    if clocks.readings[-1] <= clocks.readings[0]:
        return fail(name, f"it stands still over {len(clocks.readings)} readings", remedy)
    if clocks.resolution_s > FINE_S:
        return warn(name, f"it counts in steps of {1000 * clocks.resolution_s:.0f} ms", remedy)
    return ok(name, "runs forward")


def _judge_system(utc: datetime) -> Finding:
    name, now = "system clock", utc.strftime("%Y-%m-%d %H:%M UTC")
    if utc.date() < RELEASED:
        return warn(
            name,
            f"{now} is before this version was written ({RELEASED}): alerts carry a wrong time of day",
            "set it, or start time synchronisation: timedatectl set-ntp true; no timer depends on it",
        )
    return ok(name, now)


def gather_clocks() -> Clocks:
    """Read the clocks."""
    return Clocks(
        readings=tuple(time.monotonic() for _ in range(_READINGS)),
        resolution_s=time.get_clock_info("monotonic").resolution,
        utc=datetime.now(UTC),
    )
