"""The log: one form for each reader, repeats limited, no measurement of a person in it."""

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from drivermon import logs
from drivermon.config import LoggingSettings

LOGGER = logging.getLogger("drivermon.test")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _leave_logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in [handler for handler in root.handlers if handler not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def settings(**values: object) -> LoggingSettings:
    return LoggingSettings.model_validate(values)


def test_a_terminal_gets_time_level_logger_and_text(capsys: pytest.CaptureFixture[str]) -> None:
    logs.setup(settings())
    LOGGER.warning("camera %s lost for %.1f s", "/dev/video0", 3.25)
    captured = capsys.readouterr()
    assert captured.out == ""
    time, level, name, text = captured.err.rstrip("\n").split(maxsplit=3)
    assert len(time) == len("12:34:56.789")
    assert (level, name, text) == ("WARNING", "drivermon.test:", "camera /dev/video0 lost for 3.2 s")


def test_only_the_asked_level_and_above_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    logs.setup(settings(level="error"))
    LOGGER.warning("not wanted")
    LOGGER.error("wanted")
    assert capsys.readouterr().err.count("\n") == 1


def test_set_up_twice_writes_once(capsys: pytest.CaptureFixture[str]) -> None:
    logs.setup(settings())
    logs.setup(settings())
    LOGGER.info("ready")
    assert capsys.readouterr().err.count("ready") == 1


def test_json_is_one_object_a_line_with_the_traceback_inside(capsys: pytest.CaptureFixture[str]) -> None:
    logs.setup(settings(json_lines=True))
    try:
        raise ValueError("two\nlines")
    except ValueError:
        LOGGER.exception("it broke")
    (line,) = capsys.readouterr().err.splitlines()
    found = json.loads(line)
    assert list(found) == ["time", "level", "logger", "message", "exception"]
    assert (found["level"], found["logger"], found["message"]) == ("error", "drivermon.test", "it broke")
    assert found["time"].endswith("+00:00")
    assert "ValueError: two\nlines" in found["exception"]


@pytest.mark.parametrize(
    ("level", "priority"),
    [("DEBUG", "<7>"), ("INFO", "<6>"), ("WARNING", "<4>"), ("ERROR", "<3>"), ("CRITICAL", "<2>")],
)
def test_the_journal_gets_its_priority_before_every_line(
    level: str, priority: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "under_journald", lambda: True)
    logs.setup(settings(level="debug"))
    LOGGER.log(logging.getLevelNamesMapping()[level], "one\ntwo")
    assert capsys.readouterr().err == f"{priority}drivermon.test: one\n{priority}two\n"


def test_json_under_the_journal_keeps_the_priority(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "under_journald", lambda: True)
    logs.setup(settings(json_lines=True))
    LOGGER.error("x")
    line = capsys.readouterr().err
    assert line.startswith("<3>{")
    assert json.loads(line[3:])["message"] == "x"


def test_the_journal_is_known_by_device_and_inode_of_standard_error() -> None:
    status = os.fstat(2)
    assert logs.under_journald({"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"})
    # a child whose standard error went elsewhere inherits the variable
    assert not logs.under_journald({"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino + 1}"})
    assert not logs.under_journald({})


def test_a_message_that_comes_again_is_written_once_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    logs.setup(settings(repeat_s=10.0), clock)
    for _ in range(20):
        LOGGER.warning("camera lost")
        clock.now += 1.0
    texts = [line.split(": ", 1)[1] for line in capsys.readouterr().err.splitlines()]
    assert texts == ["camera lost", "camera lost (repeated 10 times)"]


def test_repeats_that_have_ended_are_told_with_the_next_message(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    logs.setup(settings(repeat_s=10.0), clock)
    for _ in range(3):
        LOGGER.warning("camera lost")
    clock.now += 60.0
    LOGGER.info("camera back")
    texts = [line.split(": ", 1)[1] for line in capsys.readouterr().err.splitlines()]
    assert texts == ["camera lost", "camera lost (repeated 2 times)", "camera back"]


def test_repeats_are_told_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    logs.setup(settings())
    LOGGER.warning("camera lost")
    LOGGER.warning("camera lost")
    logs.setup(settings())  # closes the first handler, as the end of the process does
    assert capsys.readouterr().err.endswith("camera lost (repeated once)\n")


def test_other_texts_levels_and_loggers_are_no_repeats(capsys: pytest.CaptureFixture[str]) -> None:
    logs.setup(settings())
    LOGGER.warning("camera %d lost", 0)
    LOGGER.warning("camera %d lost", 1)
    LOGGER.error("camera %d lost", 1)
    logging.getLogger("drivermon.other").error("camera %d lost", 1)
    assert capsys.readouterr().err.count("\n") == 4


def test_a_limit_of_zero_limits_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    logs.setup(settings(repeat_s=0.0))
    for _ in range(3):
        LOGGER.warning("again")
    assert capsys.readouterr().err.count("again") == 3


def test_arrays_lists_and_messages_are_withheld_plain_values_are_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.setup(settings())
    points = np.full((68, 2), 123.456)
    LOGGER.warning("points %s, row %s, %s", points, points[0].tolist(), settings())
    LOGGER.warning("face %(face)s in %(file)s", {"face": points, "file": Path("/drive.mp4")})
    LOGGER.warning("%d frames, %.1f ms, %s", np.int64(3), np.float32(2.5), ValueError("why"))
    text = capsys.readouterr().err
    assert "123" not in text
    assert "points <ndarray withheld>, row <list withheld>, <LoggingSettings withheld>" in text
    assert "face <ndarray withheld> in /drive.mp4" in text
    assert "3 frames, 2.5 ms, why" in text


def test_a_broken_call_never_raises(capsys: pytest.CaptureFixture[str]) -> None:
    logs.setup(settings())
    broken = logging.LogRecord("drivermon.test", logging.WARNING, __file__, 1, "%d frames", ("three",), None)
    logging.getLogger().handlers[-1].handle(broken)
    assert "Logging error" in capsys.readouterr().err


def test_a_closed_standard_error_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    logs.setup(settings())
    monkeypatch.setattr("sys.stderr", None)
    LOGGER.warning("nobody reads this")
