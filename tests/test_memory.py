"""A restart forgets nothing that matters: what was kept goes on in another process."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.config import Settings
from drivermon.errors import RestoreError
from drivermon.events import Gap, GapCause, VehicleSignal
from drivermon.messages import Digests, Observed
from drivermon.pipeline import Pipeline, Result
from tests.drives import DARK_PICTURE, at, lost, seen, unseen

DIGESTS = Digests(config="0" * 64, networks={})


def pipeline(settings: Settings | None = None) -> Pipeline:
    return Pipeline(settings or Settings(), DIGESTS, None)


def drive() -> list[Observed]:
    """Anger, then nobody, then darkness and a lost camera, then a calm driver: alerts of every kind."""

    def event(t: float) -> Observed:
        if t < 8:
            return seen(t, "anger")
        if t < 20:
            return unseen(t)
        if t < 24:
            return unseen(t, DARK_PICTURE)
        return lost(t) if t < 28 else seen(t)

    events: list[Observed] = list(at(10, 32, event))  # type: ignore[arg-type]
    return [VehicleSignal(0.0, "speed", 80), *events]


def kept(state: Any) -> Any:
    """As it comes back from a file."""
    return json.loads(json.dumps(state, allow_nan=False))


def ran(part: Pipeline, events: list[Observed]) -> list[Result]:
    return [part.step(event) for event in events]


DRIVE = drive()
WHOLE = ran(pipeline(), DRIVE)


def test_the_drive_raises_escalates_and_clears_alerts_of_every_kind() -> None:
    steps = {(alert.kind.value, alert.event.value) for result in WHOLE for alert in result.alerts}
    assert steps == {
        ("emotion", "raised"),
        ("emotion", "cleared"),
        ("not_seen", "raised"),
        ("not_seen", "escalated"),
        ("not_seen", "cleared"),
        ("degraded", "raised"),
        ("degraded", "cleared"),
    }


@given(st.lists(st.integers(0, len(DRIVE)), min_size=1, max_size=4).map(sorted))
def test_restarts_between_any_two_steps_change_no_state_and_no_alert(restarts: list[int]) -> None:
    results: list[Result] = []
    part = pipeline()
    for begin, end in zip([0, *restarts], [*restarts, len(DRIVE)], strict=True):
        results += ran(part, DRIVE[begin:end])
        after = pipeline()
        after.restore(kept(part.state()))
        part = after
    assert results == WHOLE


def test_an_open_alert_of_a_rule_that_is_switched_off_is_dropped_and_numbers_go_on() -> None:
    before = pipeline()
    ran(before, DRIVE[:70])
    off = Settings.model_validate({"alerts": {"emotion": {"enabled": False}}})
    after = pipeline(off)
    after.restore(kept(before.state()))
    results = ran(after, DRIVE[70:])
    assert results[0].state.alerts == ()
    assert next(alert.id for result in results for alert in result.alerts) == 2


def test_a_restored_pipeline_knows_what_time_it_is() -> None:
    before = pipeline()
    before.step(Gap(9.0, GapCause.LOST))
    after = pipeline()
    after.restore(kept(before.state()))
    with pytest.raises(Exception, match="time went back"):
        after.step(Gap(8.0, GapCause.LOST))


def damaged(path: list[str], value: object) -> dict[str, Any]:
    part = pipeline()
    ran(part, DRIVE[:70])
    state: dict[str, Any] = kept(part.state())
    at: Any = state
    for name in path[:-1]:
        at = at[name]
    if value is KeyError:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return state


@pytest.mark.parametrize(
    "state",
    [
        None,
        [],
        {},
        damaged(["t"], "yesterday"),
        damaged(["t"], float("nan")),
        damaged(["interpreter", "presence"], KeyError),
        damaged(["interpreter", "view", "cause"], "sabotage"),
        damaged(["interpreter", "emotion", "smoothed"], [0.5, 0.5]),
        damaged(["interpreter", "emotion", "mood"], 1.0),
        damaged(["interpreter", "baseline", "mouth", "cells"], [0.0]),
        damaged(["interpreter", "drowsiness", "closure"], KeyError),
        damaged(["interpreter", "drowsiness", "closure", "lids", "since"], "yesterday"),
        damaged(["alerts", "open", "emotion_sustained.anger", "since"], float("inf")),
    ],
)
def test_what_is_damaged_or_of_another_version_is_refused(state: object) -> None:
    with pytest.raises(RestoreError):
        pipeline().restore(state)
