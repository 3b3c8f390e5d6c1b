"""Runs `drivermon` as a user does: in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping


def drivermon(*arguments: str, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """Run the command line; nothing of this machine's `DRIVERMON_*` variables or terminal gets in."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DRIVERMON_")}
    clean |= {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb", **(env or {})}
    return subprocess.run(
        [sys.executable, "-m", "drivermon", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=clean,
        timeout=120,
    )


def assert_one_clear_error(result: "subprocess.CompletedProcess[str]", *parts: str) -> None:
    """Check for one line on standard error that holds all `parts`, and no traceback."""
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    (line,) = result.stderr.splitlines()
    assert line.startswith("drivermon: error: ")
    for part in parts:
        assert part in line, line
