"""Every script that can't be understood is refused with its line, its word and what is near."""

from pathlib import Path

import pytest

from drivermon.errors import ScriptError
from drivermon.simulation.play import load_script, parse_script

HEAD = "length 20 s\n"


def refusal(text: str) -> str:
    with pytest.raises(ScriptError) as caught:
        parse_script(text, "bad.drive")
    return str(caught.value)


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("t = 1 yawm 2 s", ['"yawm"', 'did you mean "yawn"?']),
        ("t = 1 look right_miror 0.8 s", ['"right_miror"', 'did you mean "right_mirror"?']),
        ("t = 1 eyes narow", ['"narow"', 'did you mean "narrow"?']),
        ("t = 1 eyes", ["the line ends", "what the eyes do"]),
        ("t = 1 eyes closed for", ["the line ends", "how long"]),
        ("t = 1 eyes closed quickly", ['"quickly"']),
        ("t = 1 eyes closed for 2", ["the line ends", "unit s, ms or min"]),
        ("t = 1 eyes closed for 2 m", ['"m"', "unit s, ms or min"]),
        ("t = 1 eyes closed for -2 s", ['"-2"', "from 0.01"]),
        ("t = 1 eyes closed for 0 s", ['"0"', "from 0.01"]),
        ("t = 1 eyes closed for nan s", ['"nan"']),
        ("t = 1 eyes closed for 1e999 s", ['"1e999"']),
        ("t = 1 eyes closed for 1 s 2 s", ['"2"', "end of the line"]),
        ("t = 1 eyes closed for 30 s", ["lasts until 31 s", "ends at 20 s"]),
        ("t = 1 eyes open for 3 s", ["eyes open", "lasts no time"]),
        ("t = 1 eyes wide 2.0", ['"2.0"', "from 1 to 1.3"]),
        ("t = 1 head yaw 100", ['"100"', "from -90 to 90"]),
        ("t = 1 head yaw 10 yaw 20", ['"yaw"']),
        ("t = 1 head left", ['"left"', "an angle"]),
        ("t = 1 nod 2.5 times", ['"2.5"', "whole number"]),
        ("t = 1 expression angry", ['"angry"', 'did you mean "anger"?']),
        ("t = 1 expression anger 1.5", ['"1.5"', "from 0 to 1"]),
        ("t = 1 hand in pocket", ['"in"', '"over"']),
        ("t = 1 passenger sleeps", ['"sleeps"', '"leans"']),
        ("t = 1 camera broken", ['"broken"', "covered"]),
        ("t = 1 drop frames 130 %", ['"130"', "from 0 to 100"]),
        ("t = 1 drop frames 30", ["the line ends", '"%"']),
        ("t = 1 signal speed", ["the line ends", "a value"]),
        ("t = 1 signal", ["the line ends", "name of a signal"]),
        ("t = 1", ["the line ends", "what happens"]),
        ("t 1 yawn", ['"1"', '"="']),
        ("t = soon yawn", ['"soon"', "a time in seconds"]),
        ("t = -1 yawn", ['"-1"']),
        ("t = nan yawn", ['"nan"']),
        ("t = inf yawn", ['"inf"']),
        ("t = 21 yawn", ['"21"', "from 0 to 20"]),
        ("t = 5 to 3 every 1 s blink", ['"3"']),
        ("t = 5 to 9 blink", ['"blink"', '"every"']),
        ("t = 5 to 9 every 0.001 s blink", ['"0.001"', "the repetition"]),
        ("t = 5 to 9 every 1 s yawn 4 s", ["overlaps"]),
        ("yawn 3 s", ['"yawn"', "t = 12.0"]),
        ("fsp 30", ['"fsp"', 'did you mean "fps"?']),
        ("fps 0", ['"0"', "from 1 to 240"]),
        ("seed 1.5", ['"1.5"', "whole number"]),
        ("length 9 s", ['a second "length"']),
        ("light nite", ['"nite"', 'did you mean "night"?']),
        ("light day side 500 deg", ['"500"']),
        ("driver nobody_known", ['"nobody_known"']),
        ("driver seed 3 glases", ['"glases"', 'did you mean "glasses"?']),
        ("driver seed 3 tone 9", ['"9"', "from 0 to 7"]),
        ("camera size 641x480", ['"641x480"', "even sides"]),
        ("camera size big", ['"big"', "640x480"]),
        ("camera fov 170 deg", ['"170"']),
        ("camera", ["the line ends", "setting of the camera"]),
        ("expect sleeep", ['"sleeep"', 'did you mean "sleep"?']),
        ("expect drowsy raised at", ["the line ends"]),
        ("expect drowsy raised from 5 to 3", ['"3"']),
        ("expect drowsy at 3 raised", ['"raised"', "end of the line"]),
        ("expect drowsy raised warning", ['"warning"', "order"]),
    ],
)
def test_a_broken_line_names_script_line_and_word(line: str, parts: list[str]) -> None:
    message = refusal(HEAD + "# a comment\n" + line)
    assert message.startswith("bad.drive, line 3: ")
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_times_must_not_go_back() -> None:
    assert "line 3: t goes back from 5 to 4 s" in refusal(HEAD + "t = 5 blink\nt = 4 blink")


def test_two_steps_of_one_channel_may_not_overlap() -> None:
    message = refusal(HEAD + "t = 3 yawn 3 s\nt = 4 talk 1 s")
    assert 'line 3: "talk" at 4 s overlaps "yawn" of line 2, which lasts until 6 s' in message


def test_two_steps_of_one_channel_may_not_start_at_once() -> None:
    assert "overlaps" in refusal(HEAD + "t = 3 eyes narrow 0.5\nt = 3 eyes wide 1.2")


def test_a_script_says_how_long_it_is() -> None:
    assert "length 60 s" in refusal("fps 30")
    assert "length 60 s" in refusal("")
    assert 'before the first "t ="' in refusal("t = 1 blink\nlength 60 s")


def test_settings_come_before_what_happens() -> None:
    assert 'line 3: "fps" is a setting' in refusal(HEAD + "t = 1 blink\nfps 30")


def test_repetition_without_end_is_refused() -> None:
    message = refusal("length 240 min\nt = 0 to 14000 every 0.5 s signal speed 3")
    assert "line 2: repeats 28001 times, more than 10000" in message


def test_an_unknown_drive_names_the_nearest_one() -> None:
    with pytest.raises(ScriptError, match=r'"atentive": no such drive.*did you mean "attentive"'):
        load_script("atentive")


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "picture.drive"
    path.write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(ScriptError, match="not UTF-8 text"):
        load_script(path)
    with pytest.raises(ScriptError, match="can't be read"):
        load_script(tmp_path)
    with pytest.raises(ScriptError, match="no such drive"):
        load_script("")
    with pytest.raises(ScriptError, match="no such drive"):
        load_script("nul\0byte")
