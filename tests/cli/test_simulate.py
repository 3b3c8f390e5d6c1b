"""`drivermon simulate`."""

from pathlib import Path

import av
import pytest

from tests.cli.running import assert_one_clear_error, drivermon

TINY = "length 0.5 s\ncamera size 96x72\nt = 0.2 blink\n"


def test_a_script_becomes_a_video_with_everything_beside_it(tmp_path: Path) -> None:
    script = tmp_path / "tiny.drive"
    script.write_text(TINY)
    video = tmp_path / "out.mp4"
    result = drivermon(
        "simulate",
        str(script),
        "--out",
        str(video),
        "--fps",
        "8",
        "--size",
        "64x64",
        "--driver",
        "5",
        "-j",
        "2",
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert "4 frames of 0.5 s" in result.stderr
    names = {path.name for path in tmp_path.iterdir()}
    beside = {"out.truth.jsonl", "out.events.csv", "out.signals.jsonl", "out.png"}
    assert names == {"tiny.drive", "out.mp4"} | beside
    with av.open(str(video)) as container:
        frames = list(container.decode(video=0))
    assert [frame.time for frame in frames] == pytest.approx([0, 0.125, 0.25, 0.375])
    assert (frames[0].width, frames[0].height) == (64, 64)


def test_the_drives_that_ship_are_listed() -> None:
    result = drivermon("simulate", "--list")
    assert result.returncode == 0
    assert "demo" in result.stdout
    assert "microsleep" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["micorsleep", "--out", "{folder}/a.mp4"], ["micorsleep", 'did you mean "microsleep"?']),
        (["{folder}/bad.drive", "--out", "{folder}/a.mp4"], ["bad.drive, line 2", '"yawm"']),
        (["{folder}/tiny.drive", "--out", "{folder}/a.avi"], ["a.avi", "a.mp4"]),
        (["{folder}/tiny.drive", "--out", "{folder}/none/a.mp4"], ["does not exist"]),
        (["{folder}/tiny.drive", "--out", "{folder}/a.mp4", "--size", "65x64"], ["--size", '"65x64"']),
        (["{folder}/tiny.drive", "--out", "{folder}/a.mp4", "--driver", "noone"], ["--driver", '"noone"']),
        (["{folder}/tiny.drive", "--out", "{folder}/a.mp4", "--fps", "nan"], ["--fps", '"nan"']),
        (["{folder}", "--out", "{folder}/a.mp4"], ["can't be read"]),
    ],
)
def test_misuse_is_one_clear_error(arguments: list[str], parts: list[str], tmp_path: Path) -> None:
    (tmp_path / "tiny.drive").write_text(TINY)
    (tmp_path / "bad.drive").write_text("length 5 s\nt = 1 yawm\n")
    result = drivermon("simulate", *(argument.format(folder=tmp_path) for argument in arguments))
    assert_one_clear_error(result, *parts)
    assert not (tmp_path / "a.mp4").exists()


def test_a_script_and_a_file_are_needed() -> None:
    result = drivermon("simulate", "demo")
    assert result.returncode == 2
    assert "--out" in result.stderr
