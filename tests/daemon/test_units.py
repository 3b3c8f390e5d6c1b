"""The shipped unit, as systemd's own tools judge it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "systemd" / "drivermon.service"
DROP_IN = UNIT.parent / "drivermon.service.d" / "tcp.conf"

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")


def analyze(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


@needs_systemd
@pytest.mark.parametrize(("over_tcp", "limit"), [(False, 1.0), (True, 2.0)])
def test_the_unit_exposes_little(tmp_path: Path, over_tcp: bool, limit: float) -> None:
    shutil.copy(UNIT, tmp_path)
    if over_tcp:
        (tmp_path / "drivermon.service.d").mkdir()
        shutil.copy(DROP_IN, tmp_path / "drivermon.service.d")
    result = analyze("security", "--offline=true", str(tmp_path / UNIT.name))
    found = re.search(r"Overall exposure level for drivermon.service: ([0-9.]+)", result.stdout)
    assert found, result.stderr
    assert float(found[1]) <= limit


@needs_systemd
def test_the_unit_is_without_fault(tmp_path: Path) -> None:
    program = tmp_path / "drivermon"
    program.symlink_to("/bin/true")
    text = UNIT.read_text().replace("/opt/drivermon/bin/drivermon", str(program))
    (tmp_path / UNIT.name).write_text(text)
    result = analyze("verify", str(tmp_path / UNIT.name))
    assert (result.returncode, result.stderr) == (0, "")
