"""The page about drive scripts tells the truth."""

import re
from pathlib import Path

import pytest

from drivermon.simulation.play import parse_script
from drivermon.simulation.script.head_verbs import LOOKS
from drivermon.simulation.script.verbs import VERBS

PAGE = (Path(__file__).parents[2] / "docs" / "drive_scripts.md").read_text(encoding="utf-8")


def test_the_example_can_be_played() -> None:
    example = re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)[0]
    script = parse_script(example)
    assert script.length_s == 45
    assert len(script.expectations) == 2


@pytest.mark.parametrize("word", sorted([*VERBS, *LOOKS, "sits up", "look ahead", "gaze ahead", "hand away"]))
def test_every_word_is_explained(word: str) -> None:
    assert re.search(rf"`[^`]*\b{word}\b[^`]*`", PAGE)


def actions() -> list[str]:
    """Every action in the first column of the table, and what ends it."""
    rows = PAGE.partition("## Timed lines")[2].partition("## Expected")[0].splitlines()
    cells = [re.split(r"(?<!\\)\|", row) for row in rows if row.startswith("| `")]
    found = []
    for action, _, end in (row[1:4] for row in cells):
        for text in re.findall(r"`([^`]+)`", action + end):
            plain = re.sub(r"\\\|\w+", "", text).replace("[", "").replace("]", "")
            plain = plain.replace("EMOTION", "fear").replace("TARGET", "lap").replace("NAME VALUE", "speed 3")
            found.append(plain.replace("driver ...", "driver seed 3").replace(" ...", ""))
    return found


@pytest.mark.parametrize("action", actions())
def test_every_action_is_understood_as_it_is_written(action: str) -> None:
    assert parse_script(f"length 20 s\nt = 3 {action}").length_s == 20


def test_every_setting_is_understood_as_it_is_written() -> None:
    rows = PAGE.partition("## Settings")[2].partition("## Timed")[0]
    for text in re.findall(r"^\| `([^`]+)`", rows, re.MULTILINE):
        line = text.replace("NAME VALUE", "speed 80").replace("NAME", "plain").replace("TEXT", "Words")
        line = line.replace("camera ...", "camera fov 50 deg distance 0.7 m yaw 0 deg exposure auto")
        head = "" if line.startswith("length") else "length 9 s\n"
        parse_script(head + line.partition("\\|")[0])
