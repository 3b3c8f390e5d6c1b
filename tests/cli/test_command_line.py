"""What every command has in common: help, versions, one clear line for an error, quiet endings."""

import importlib
import inspect
import json
import pkgutil
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import drivermon as package
from drivermon import cli
from drivermon.cli import COMMANDS, app
from drivermon.errors import ConfigError, DrivermonError, SourceError
from tests.cli.running import assert_one_clear_error, drivermon

runner = CliRunner()

HEAVY = ("cv2", "dlib", "onnxruntime", "av", "numpy")


def in_python(code: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )


def test_help_names_every_command_and_says_where_to_begin() -> None:
    result = drivermon("--help")
    assert result.returncode == 0
    assert "drivermon demo" in result.stdout
    for name, summary in COMMANDS.items():
        assert name in result.stdout
        assert summary.split(":")[0][:40] in result.stdout


def test_without_a_command_the_help_is_shown() -> None:
    assert "Commands" in runner.invoke(app, []).output


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_explains_itself_with_an_example(name: str) -> None:
    result = runner.invoke(app, [name, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert result.exit_code == 0
    assert COMMANDS[name] in result.output
    assert f"drivermon {name}" in result.output.split("Example", 1)[1]
    assert "--log-level" in result.output


def test_every_command_of_the_package_is_registered() -> None:
    modules = [module.name for module in pkgutil.iter_modules(cli.__path__) if not module.ispkg]
    assert set(modules) - {"options", "output"} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_summary_is_the_first_line_of_the_help(name: str) -> None:
    function = getattr(importlib.import_module(f"drivermon.cli.{name}"), name)
    assert (inspect.getdoc(function) or "").splitlines()[0] == COMMANDS[name]


def test_version() -> None:
    result = drivermon("--version")
    assert (result.returncode, result.stdout) == (0, f"drivermon {package.__version__}\n")


@pytest.mark.parametrize("arguments", [["--help"], ["config", "--json"]])
def test_help_and_config_need_no_heavy_package(arguments: list[str]) -> None:
    code = (
        "import sys, drivermon.cli\n"
        f"try: drivermon.cli.app({arguments!r})\n"
        "except SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    assert in_python(code).stderr == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["confg"], "Did you mean 'config'?"),
        (["config", "--tmol"], "--toml"),
        (["config", "--config"], "requires an argument"),
        (["classify"], "Missing argument"),
        (["demo", "--speed", "fast"], "--speed"),
        (["demo", "--speed", "0"], "0.1"),
        (["demo", "--frames", "0"], "1"),
    ],
)
def test_an_obvious_mistake_is_named_with_status_2(arguments: list[str], word: str) -> None:
    result = runner.invoke(app, arguments, env={"COLUMNS": "200", "TERM": "dumb"})
    assert result.exit_code == 2
    assert word in result.output


@pytest.mark.parametrize(("error", "status"), [(ConfigError("key"), 78), (SourceError("drive"), 1)])
def test_an_error_on_purpose_is_one_line_and_its_own_status(
    error: DrivermonError, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("drivermon.cli.config.effective", fail)
    result = runner.invoke(app, ["config"])
    assert result.exit_code == status
    assert result.stderr == f"drivermon: error: {error}\n"
    assert result.stdout == ""


def test_a_defect_keeps_its_traceback_without_local_variables() -> None:
    code = (
        "import drivermon.cli.config as command, drivermon.cli\n"
        "def broken(*_):\n"
        "    secret = 'landmark'\n"
        "    raise KeyError('defect')\n"
        "command.effective = broken\n"
        "drivermon.cli.app(['config'])"
    )
    result = in_python(code)
    assert result.returncode == 1
    assert result.stderr.startswith("Traceback (most recent call last):")
    assert result.stderr.rstrip().endswith("KeyError: 'defect'")
    assert "landmark" not in result.stderr


def test_an_interrupt_is_quiet_with_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("drivermon.cli.config.effective", interrupted)
    result = runner.invoke(app, ["config"])
    assert (result.exit_code, result.output) == (130, "")


@pytest.mark.parametrize("command", ["config", "config --json", "config --toml", "--help"])
def test_a_reader_that_leaves_is_no_noise(command: str) -> None:
    # the reader is gone before anything is written
    result = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m drivermon {command} | true; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (result.stderr, result.stdout) == ("", "")


@pytest.mark.parametrize(
    ("redirect", "why"),
    [(">&-", "standard output is closed"), ("> /dev/full", "standard output: can't write: No space left")],
)
@pytest.mark.parametrize("command", ["config", "config --json", "config --toml"])
def test_results_that_nobody_can_get_are_an_error(command: str, redirect: str, why: str) -> None:
    result = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m drivermon {command} {redirect}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert_one_clear_error(result, why)


def test_logging_options_are_taken_before_and_after_the_command() -> None:
    before = runner.invoke(app, ["--log-level", "debug", "config", "--json"])
    after = runner.invoke(app, ["config", "--json", "--log-level", "debug"])
    assert before.output == after.output
    assert '"logging.level": {"value": "debug", "from": "command line"' in after.output


def test_a_command_without_a_configuration_logs_as_asked_too() -> None:
    code = (
        "import logging, drivermon.cli.schema as command, drivermon.cli\n"
        "def speaks(_): logging.getLogger('drivermon').warning('written')\n"
        "command.emit_json = speaks\n"
        "drivermon.cli.app(['schema', '--log-json'])"
    )
    result = in_python(code)
    assert json.loads(result.stderr)["message"] == "written"


def test_a_wrong_log_level_is_named() -> None:
    result = drivermon("config", "--log-level", "loud")
    assert_one_clear_error(result, 'logging.level = "loud"', '"debug", "info", "warning", "error"')
    assert result.returncode == 78
