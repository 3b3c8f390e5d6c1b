from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from drivermon.errors import ConfigError, SourceError  # noqa: E402
from tests.training.faces import drawn_chips  # noqa: E402
from training.__main__ import main  # noqa: E402
from training.chips import save_prepared  # noqa: E402
from training.export import this_command  # noqa: E402
from training.manifest import Manifest  # noqa: E402


def prepared(folder: Path, count: int) -> Path:
    """Write drawn chips as `prepare` and `split` leave them."""
    chips = drawn_chips(count)
    rows = [
        {
            "image": chips.image[row],
            "dataset": "drawn",
            "subject": None,
            "group": chips.group[row],
            "original": int(chips.original[row]),
            "votes": [int(votes) for votes in chips.votes[row]],
            "happy": -1,
            "usage": "train",
            "split": "validation" if row % 4 == 3 else "train",
            "hash": "00" * 8,
            "detector": "eyes",
            "attributes": "{}",
        }
        for row in range(count)
    ]
    folder.mkdir()
    save_prepared(folder, Manifest.of(rows, {}), [np.ascontiguousarray(chips.chips)])
    return folder


def status(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int | str | None:
    """Run a command and return its exit status."""
    monkeypatch.setattr("sys.argv", ["training", *map(str, arguments)])
    with pytest.raises(SystemExit) as stopped:
        main()
    return stopped.value.code


def test_networks_are_listed_with_their_size(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(monkeypatch, "networks") == 0
    listed = capsys.readouterr().out
    assert "134,289,223 parameters, chips of 224 px; 30 epochs, batch 40, sgd" in listed
    assert len(listed.splitlines()) == 5


def test_a_run_from_prepared_chips_leaves_a_network_a_log_and_curves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chips = prepared(tmp_path / "chips", 56)
    options = ("--epochs", 1, "--batch", 16, "--limit", 50, "--seed", 3)
    assert status(monkeypatch, "train", chips, tmp_path / "run", *options) == 0
    left = sorted(path.name for path in (tmp_path / "run").iterdir())
    assert left == ["best.pt", "curves.png", "faces.pt", "last.pt", "log.csv", "recipe.json"]


def test_what_can_not_be_run_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chips = prepared(tmp_path / "chips", 14)
    out = tmp_path / "out"
    assert status(monkeypatch, "train", chips, out, "--network", "lenet") == ConfigError.exit_code
    assert "there are compact, large, alexnet, vgg16, resnet101" in capsys.readouterr().err
    absent = ("--init", tmp_path / "absent.pth", "--batch", 7)
    assert status(monkeypatch, "train", chips, out, *absent) == SourceError.exit_code
    assert capsys.readouterr().err.startswith(f"error: {tmp_path / 'absent.pth'} is missing")
    assert status(monkeypatch, "experiments", chips, out, "--weights", "lenet=x") == ConfigError.exit_code
    assert "NETWORK=PATH" in capsys.readouterr().err
    for pointless in (("--informed",), ("--crossed",), ("--trust", 0.3), ("--unlabelled-teacher", "x")):
        assert status(monkeypatch, "train", chips, out, *pointless) == ConfigError.exit_code
        assert "--teacher RUN/best.pt" in capsys.readouterr().err
    for part in ("3/2", "0/2", "1", "1/1", "a/b", "-1/2"):
        assert status(monkeypatch, "train", chips, out, "--leave-out", part) == ConfigError.exit_code
        assert "such as 1/2 or 2/2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        ("prepare", "teach.npz"),
        ("train-follower", "real.npz"),
        ("export-follower", "held.npz"),
        ("train-detector", "scenes.npz"),
        ("export-detector", "scenes.npz"),
    ],
)
def test_face_commands_say_what_was_not_prepared(
    command: str,
    missing: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    places = {
        "prepare": ("data", "work"),
        "train-follower": ("work", "run"),
        "train-detector": ("work", "run"),
    }
    folders = [tmp_path / name for name in places.get(command, ("work", "run", "out.onnx"))]
    assert status(monkeypatch, "face", command, *folders) == SourceError.exit_code
    error = capsys.readouterr().err
    assert error.startswith(f"error: {tmp_path / 'work' / missing} is missing")
    assert "make it with `python " in error


def test_a_file_tells_the_command_that_made_it_without_the_folders_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "sys.argv", ["training", "export", "/home/anna/chips", "../run C", "onnx/emotion.onnx"]
    )
    assert this_command() == "python -m training export chips 'run C' emotion.onnx"
