"""`drivermon check` as a person or a script calls it."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from drivermon.checking.findings import Status, fail, ok, skipped, warn
from drivermon.cli.check import report
from drivermon.simulation.play import demo_video
from tests.cli.running import assert_one_clear_error, drivermon

SECTIONS = (
    (
        "installation",
        (ok("package cv2", "opencv-python-headless 5.0.0.93"), skipped("CUDA", "unverified here")),
    ),
    (
        "camera",
        (
            warn("picture size", "1280x720, and 640x480 was asked for", "set camera.width = 1280 " * 5),
            fail("runtime directory", "x" * 100, "make [it] private"),
        ),
    ),
)


def drawn(columns: int) -> list[str]:
    console = Console(width=columns, color_system=None)
    with console.capture() as capture:
        console.print(report(SECTIONS))
    return [line.rstrip() for line in capture.get().splitlines()]


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_the_report_fits_the_terminal_and_leaves_nothing_out(columns: int) -> None:
    lines = drawn(columns)
    assert max(map(len, lines)) <= columns
    text = " ".join(" ".join(lines).split())
    assert text.count("set camera.width = 1280") == 5
    assert text.replace(" ", "").count("x" * 100) == 1
    assert "→ make [it] private" in text
    assert lines[-1] == "1 ok, 1 warn, 1 fail, 1 skipped"


def test_a_computer_without_a_camera_fails_and_a_script_can_tell(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    result = drivermon(
        "check",
        "--json",
        "--set",
        'camera.source="/dev/video-none"',
        env={"RUNTIME_DIRECTORY": str(tmp_path)},
    )
    assert result.returncode == 1
    told = json.loads(result.stdout)
    assert told["ok"] is False
    found = {finding["name"]: finding for finding in told["findings"]}
    assert found["camera"]["status"] == "fail"
    assert "v4l2-ctl" in found["camera"]["remedy"]
    assert found["face in view"] == {
        "section": "camera",
        "name": "face in view",
        "status": "skipped",
        "found": "no picture to judge",
        "remedy": None,
    }
    assert {finding["status"] for finding in told["findings"]} <= set(Status)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_with_pictures_of_a_driver_nothing_fails(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    result = drivermon("check", "--source", str(demo_video()), env={"RUNTIME_DIRECTORY": str(tmp_path)})
    assert result.returncode == 0, result.stdout
    assert "face in view" in result.stdout
    assert "✗" not in result.stdout
    assert result.stderr == ""


def test_a_bad_configuration_has_its_exit_status(tmp_path: Path) -> None:
    (tmp_path / "car.toml").write_text("[camera]\nfpss = 1\n")
    result = drivermon("check", "--config", str(tmp_path / "car.toml"))
    assert_one_clear_error(result, "car.toml", "camera.fpss")
    assert result.returncode == 78


def test_bad_usage_has_its_exit_status() -> None:
    assert drivermon("check", "now").returncode == 2
