"""What the truth of a script asks for is what is alerted: every situation, evaluated."""

import pytest

from drivermon.config import Settings
from drivermon.evaluation.labels import labels_of
from drivermon.evaluation.matching import Matched, episodes, match
from drivermon.evaluation.watching import watch
from drivermon.simulation.play import load_script, named_scripts, play_observations
from tests.scenarios.playing import NAMES, judged, script_file

EXACT_S = 0.2
"""A script's truth is exact; alerts come within so much of their threshold."""

UNANSWERED = {"distracted_thrice": "away"}
"""After the third one critical, the fourth must wait its minute."""

UNFOUNDED = {"shouting": "yawn", "demo": "yawn"}
"""A mouth held wide open in a long shout counts as a yawn, which alone alarms nobody."""


def evaluated(drive: str) -> Matched:
    script = load_script(drive)
    watched = watch(script.name, judged(play_observations(script, 15)))
    labels = labels_of(f"sim:{drive}", script.name)
    return match(episodes(labels, Settings(), watched.kmh, EXACT_S), watched.signals, EXACT_S)


@pytest.mark.parametrize("drive", [*(str(script_file(name)) for name in NAMES), *named_scripts()])
def test_every_event_that_is_due_is_answered_and_nothing_else_alerted(drive: str) -> None:
    matched = evaluated(drive)
    name = load_script(drive).name
    pairs = zip(matched.episodes, matched.answers, strict=True)
    assert [one.topic.name for one, told in pairs if one.due and not told] == [
        topic for drive, topic in UNANSWERED.items() if drive == name
    ]
    assert [signal.kind for signal in matched.false] == [
        kind for drive, kind in UNFOUNDED.items() if drive == name
    ]
