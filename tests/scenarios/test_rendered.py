"""The second layer: situations as pictures, through the shipped networks to the alerts.

Short, small and few, as rendering costs time: everything happens while the driver is still being learned.
"""

from pathlib import Path

import pytest

from drivermon.config import EmotionSettings, Settings
from drivermon.pipeline import Result
from drivermon.replay import Replayer
from drivermon.simulation.drive.judging import complaints
from drivermon.simulation.play import load_script
from drivermon.sources import open_source

FOLDER = Path(__file__).with_name("rendered")
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.drive")))

YAWNS = {"yawns": 1, "talks_and_laughs": 0, "looks_aside": 0}
"""A yawn is no alert: the state counts it."""


@pytest.fixture(scope="module")
def replayer() -> Replayer:
    return Replayer(Settings())


def results(replayer: Replayer, name: str) -> list[Result]:
    """What the corridor makes of every picture of a situation."""
    with open_source(f"sim:{FOLDER / name}.drive", Settings()) as source:
        return [result for _, result in replayer.results(source)]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_rendered_situation_gives_the_alerts_that_it_expects(replayer: Replayer, name: str) -> None:
    found = results(replayer, name)
    alerts = [alert for result in found for alert in result.alerts]
    assert complaints(load_script(FOLDER / f"{name}.drive").expectations, alerts) == []
    if name in YAWNS:
        assert found[-1].state.yawns == YAWNS[name]


@pytest.mark.slow
def test_without_the_emotion_network_every_other_alert_is_the_same(replayer: Replayer) -> None:
    """From the same pictures: in kind, event, severity, time, value and threshold."""

    def told(found: list[Result]) -> list[tuple[object, ...]]:
        return [
            (a.id, a.kind, a.event, a.severity, a.t, a.since, a.evidence.value, a.evidence.threshold)
            for result in found
            for a in result.alerts
        ]

    off = results(Replayer(Settings(emotion=EmotionSettings(enabled=False))), "night")
    assert {result.state.emotion for result in off} == {None}
    assert {str(kind) for _, kind, *_ in told(off)} == {"microsleep", "sleep", "distraction"}
    assert told(off) == told(results(replayer, "night"))


def test_the_situations_are_few_and_short() -> None:
    scripts = [load_script(FOLDER / f"{name}.drive") for name in NAMES]
    assert len(scripts) >= 12
    assert sum(script.length_s * script.fps for script in scripts) < 2000
