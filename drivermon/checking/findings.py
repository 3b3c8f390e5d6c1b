"""What a check has found, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How good it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        name: what was checked.
        status: `warn` works, but not well or not for ever; `fail` does not work.
        found: what is the case; for `skipped` the reason.
        remedy: what to do, `None` where there is nothing to do.

    """

    name: str
    status: Status
    found: str
    remedy: str | None = None


def ok(name: str, found: str) -> Finding:
    """Return that all is well."""
    return Finding(name, Status.OK, found)


def warn(name: str, found: str, remedy: str) -> Finding:
    """Return that it works, but not well or not for ever."""
    return Finding(name, Status.WARN, found, remedy)


def fail(name: str, found: str, remedy: str) -> Finding:
    """Return that it does not work."""
    return Finding(name, Status.FAIL, found, remedy)


def skipped(name: str, reason: str, remedy: str | None = None) -> Finding:
    """Return that it can't be told, or need not be."""
    return Finding(name, Status.SKIPPED, reason, remedy)


def failed_as(name: str, error: str) -> Finding:
    """Return the failure that an error's message tells: after the first semicolon it says what to do."""
    found, _, remedy = error.partition("; ")
    return fail(name, found, remedy or "read the message; `--log-level debug` tells more")


def exit_status(findings: Iterable[Finding]) -> int:
    """Return 1 if anything fails, else 0."""
    return int(any(finding.status is Status.FAIL for finding in findings))
