"""Every situation at every frame rate: the alerts that it expects, when it expects them, and no others."""

import pytest

from drivermon.simulation.drive.judging import complaints
from drivermon.simulation.play import load_script, named_scripts, play_observations
from tests.scenarios.playing import NAMES, alerts_of, observed, script, unmet


@pytest.mark.slow
@pytest.mark.parametrize("fps", [10, 15, 30, 60])
@pytest.mark.parametrize("name", NAMES)
def test_a_situation_gives_the_alerts_that_it_expects(name: str, fps: float) -> None:
    alerts = alerts_of(observed(name, fps))
    assert complaints(script(name).expectations, alerts) == []


@pytest.mark.parametrize("name", NAMES)
def test_dropped_frames_change_no_alert(name: str) -> None:
    events = observed(name, 15, dropped=0.25)
    assert unmet(name, events, alerts_of(events), 15) == []


@pytest.mark.parametrize("name", named_scripts())
def test_the_drives_that_ship_give_what_they_expect(name: str) -> None:
    shipped = load_script(name)
    assert complaints(shipped.expectations, alerts_of(play_observations(shipped, 30))) == []


def test_there_are_enough_situations() -> None:
    assert len(NAMES) >= 60
    for name in NAMES:
        assert script(name).title
        assert script(name).expectations
