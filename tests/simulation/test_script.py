"""How a drive script is read."""

import math

import pytest

from drivermon.events import GapCause
from drivermon.messages import AlertEvent, AlertKind, Severity
from drivermon.simulation import Light
from drivermon.simulation.play import load_script, named_scripts, parse_script
from drivermon.simulation.script import Expectation, Script, Signal

WHOLE = """
# a comment of its own
title Sleepy at noon   # not part of the title
driver seed 17 tone 6 glasses
fps 25
length 1 min
seed 3
still
camera infrared fov 60 deg size 320x240
camera mirrored
light low_sun side -60 deg intensity 1.5
signal speed 80

T=2 Eyes Closed 1.8s
t = 12.0 s  look right_mirror 0.8 s
t = 20  yawn
t = 30 to 32 every 500 ms  blink
t = 40  signal turn_signal left
t = 41  signal speed unknown
t = 50  camera lost
expect no sleep
"""


def spans(script: Script) -> list[tuple[str, float, float]]:
    return [(step.action.name, step.start_s, step.end_s) for step in script.steps]


def timed(lines: str) -> list[tuple[str, float, float]]:
    return spans(parse_script("length 60 s\n" + lines))


def test_a_whole_script_is_read() -> None:
    script = parse_script(WHOLE, "noon.drive")
    assert (script.name, script.title) == ("noon", "Sleepy at noon")
    assert (script.fps, script.length_s, script.seed, script.still) == (25, 60, 3, True)
    assert script.driver.seed == 17
    assert script.driver.changes == (("tone", 6.0), ("glasses", True))
    camera = script.camera
    assert (camera.width, camera.height, camera.horizontal_fov_deg) == (320, 240, 60)
    assert camera.gray
    assert camera.mirrored
    assert script.light == Light("low_sun", side_deg=-60, intensity=1.5)
    assert script.signals == (
        Signal(0.0, "speed", 80.0),
        Signal(40.0, "turn_signal", "left"),
        Signal(41.0, "speed", None),
    )
    assert spans(script) == [
        ("eyes closed", 2, 3.8),
        ("look right mirror", 12, 12.8),
        ("yawn", 20, 24),
        *[("blink", t, t + 0.08) for t in (30, 30.5, 31, 31.5, 32)],
        ("camera lost", 50, math.inf),
    ]


def test_an_infrared_camera_brings_its_lamp_unless_a_light_is_given() -> None:
    assert parse_script("length 9 s\ncamera infrared").light.kind == "night_ir"
    assert parse_script("length 9 s\ncamera infrared\nlight day").light.kind == "day"
    assert parse_script("length 9 s\nlight day\ncamera infrared").light.kind == "day"


@pytest.mark.parametrize(
    ("line", "name", "lasts_s"),
    [
        ("blink", "blink", 0.08),
        ("wink left", "wink left", 0.3),
        ("eyes narrow 0.4 for 5 s", "eyes narrow", 5),
        ("eyes narrow 5 s", "eyes narrow", 5),
        ("eyes wide", "eyes wide", math.inf),
        ("head yaw 40 pitch -10 for 3 s", "head yaw 40, pitch -10", 3),
        ("head pitch -10 deg yaw 40 deg 3 s", "head pitch -10, yaw 40", 3),
        ("gaze yaw 20 for 1 s", "gaze aside", 1),
        ("shoulder check left", "shoulder check left", 1.0),
        ("phone in lap 8 s", "phone in lap", 8),
        ("nod 3 times", "nod", 3 / 1.6),
        ("shake 2 times", "shake head", 2 / 1.4),
        ("nods off", "nods off", 3),
        ("slumps", "slumps", math.inf),
        ("talk 6 s", "talk", 6),
        ("sing 6 s", "sing", 6),
        ("laugh 2 s", "laugh", 2),
        ("shout 3 s", "shout", 3),
        ("eat 3 s", "eat", 3),
        ("mouth open 0.4 for 2 s", "mouth open", 2),
        ("expression anger 0.8 for 7 s", "anger", 7),
        ("smile 0.5 2 s", "smile", 2),
        ("hand over face 3 s", "hand over face", 3),
        ("leaves", "leaves", math.inf),
        ("passenger leans in 4 s", "passenger leans in", 4),
        ("light low_sun", "light low sun", math.inf),
        ("light flickers at 6 hz 3 s", "light flickers", 3),
        ("camera covered 3 s", "camera covered", 3),
        ("camera dark 2 s", "camera dark", 2),
        ("camera hung 2 s", "camera hung", 2),
        ("drop frames 30 % for 5 s", "drop 30% of frames", 5),
        ("driver seed 9", "driver changes", math.inf),
    ],
)
def test_every_action_has_its_name_and_duration(line: str, name: str, lasts_s: float) -> None:
    ((found, start_s, end_s),) = timed("t = 10 " + line)
    assert (found, start_s) == (name, 10)
    assert end_s == pytest.approx(10 + lasts_s)


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("eyes closed", "eyes open"),
        ("head yaw 30", "head forward"),
        ("look lap", "look ahead"),
        ("gaze yaw 30", "gaze ahead"),
        ("slumps", "sits up"),
        ("mouth open", "mouth shut"),
        ("expression fear", "expression neutral"),
        ("hand over face", "hand away"),
        ("leaves", "returns"),
        ("passenger leans in", "passenger leans out"),
        ("light flickers", "light steady"),
        ("camera covered", "camera ok"),
        ("camera lost", "camera ok"),
        ("eyes narrow 0.5", "eyes wide 1.2"),
        ("light night", "light day"),
    ],
)
def test_what_has_no_duration_lasts_until_its_end_is_written(begin: str, end: str) -> None:
    steps = timed(f"t = 3 {begin}\nt = 9 {end}")
    assert steps[0][1:] == (3, 9)


def test_a_release_ends_a_given_duration_early() -> None:
    assert timed("t = 3 eyes closed for 9 s\nt = 5 eyes open")[0][1:] == (3, 5)


def test_different_channels_overlap_freely() -> None:
    lines = "t = 3 yawn 4 s\nt = 3 eyes closed for 4 s\nt = 3 head yaw 20 for 4 s\nt = 3 camera lost 4 s"
    assert len(timed(lines)) == 4


def test_steps_that_touch_do_not_overlap() -> None:
    assert len(timed("t = 3 yawn 4 s\nt = 7 talk 4 s")) == 2


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (
            "drowsy raised at 31.5 +- 0.2",
            Expectation(2, AlertKind.DROWSY, True, AlertEvent.RAISED, from_s=31.3, to_s=31.7),
        ),
        (
            "drowsy raised at 31.5 ± 1",
            Expectation(2, AlertKind.DROWSY, True, AlertEvent.RAISED, from_s=30.5, to_s=32.5),
        ),
        ("sleep at 8", Expectation(2, AlertKind.SLEEP, True, from_s=7.8, to_s=8.2)),
        ("no sleep", Expectation(2, AlertKind.SLEEP, False)),
        ("no alert", Expectation(2, None, False)),
        ("no other alert", Expectation(2, None, False, others=True)),
        ("no microsleep from 3 to 9 s", Expectation(2, AlertKind.MICROSLEEP, False, from_s=3, to_s=9)),
        (
            "not_seen warning escalated by 12 s",
            Expectation(2, AlertKind.NOT_SEEN, True, AlertEvent.ESCALATED, Severity.WARNING, None, 0, 12),
        ),
        (
            "emotion anger notice raised at 24.0 +- 1.0",
            Expectation(2, AlertKind.EMOTION, True, AlertEvent.RAISED, Severity.NOTICE, "anger", 23, 25),
        ),
        ("degraded covered", Expectation(2, AlertKind.DEGRADED, True, detail="covered")),
    ],
)
def test_expected_alerts_are_read(line: str, wanted: Expectation) -> None:
    (found,) = parse_script(f"length 60 s\nexpect {line}").expectations
    assert (found.from_s, found.to_s) == (pytest.approx(wanted.from_s), pytest.approx(wanted.to_s))
    assert found.kind == wanted.kind
    assert (found.wanted, found.event, found.severity) == (wanted.wanted, wanted.event, wanted.severity)
    assert (found.detail, found.others, found.line) == (wanted.detail, wanted.others, wanted.line)


def test_camera_faults_are_named_like_gaps() -> None:
    script = parse_script(
        "length 60 s\nt = 1 camera lost 1 s\nt = 3 camera frozen 1 s\nt = 5 camera hung 1 s"
    )
    faults = [step.action.setting.fault for step in script.steps if step.action.setting]
    assert faults == [GapCause.LOST, GapCause.FROZEN, GapCause.HUNG]


def test_every_shipped_drive_can_be_read() -> None:
    names = named_scripts()
    assert {"demo", "attentive", "closed_eyes", "microsleep", "yawning", "head_turns"} <= set(names)
    for name, path in names.items():
        script = load_script(name)
        assert script == load_script(path)
        assert script.name == name
        assert script.title
        assert script.expectations


def test_the_demo_is_short_enough_to_watch() -> None:
    script = load_script("demo")
    assert 60 <= script.length_s <= 90
    assert (script.camera.width, script.camera.height) == (640, 480)
    assert 15 <= script.fps <= 25
