from pathlib import Path

import pytest

pytest.importorskip("torch")

from typer.testing import CliRunner

from drivermon.errors import ConfigError, DrivermonError, SourceError
from tests.training.test_prepare import crops
from training.chips import ChipSet
from training.data_commands import app


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if isinstance(result.exception, DrivermonError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_from_pictures_to_divided_and_augmented_chips(tmp_path: Path) -> None:
    data, chips = crops(tmp_path / "data", count=30), tmp_path / "chips"
    assert "| crops | 32 | 1 | 1 | 0 | 0 | 30 |" in run("prepare", data, chips)
    divided = run("split", chips, "--seed", 3)
    assert "No picture of disgust, fear, neutral, surprise is left to learn from" in divided
    assert "happy" not in divided
    parts = ChipSet.load(chips)
    assert [len(parts.part(name)) for name in ("train", "validation", "test")] == [24, 3, 3]
    leaked = run("leak", chips)
    assert "| subject | 27 | 3 | 0 | 0 | 0 |" in leaked
    assert "| image |" in leaked
    run("augment", chips, tmp_path / "more", "--no-balance")
    more = ChipSet.load(tmp_path / "more")
    assert len(more.part("train")) == 5 * 24
    assert len(more.part("test")) == 3


def test_a_wrong_option_is_one_clear_error(tmp_path: Path) -> None:
    data = crops(tmp_path / "data", count=3)
    with pytest.raises(ConfigError, match="--channels is 2"):
        run("prepare", data, tmp_path / "chips", "--channels", 2)
    with pytest.raises(SourceError, match="no set is called 'crop'"):
        run("prepare", data, tmp_path / "chips", "--sets", "crop")
    with pytest.raises(SourceError, match="training prepare"):
        run("split", tmp_path / "chips")


@pytest.mark.parametrize("command", ["prepare", "split", "leak", "augment"])
def test_every_command_explains_itself(command: str) -> None:
    assert "Folder" in run(command, "--help")
