"""SIGKILL in the middle: the daemon in its own process goes on as if nothing had been."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivermon import Alert, DriverState, Restarted, Subscription, subscribe
from drivermon.bus.subscriber import Item
from drivermon.messages import Observation, Observed, OpenAlert
from tests.bus.waiting import first, received, until
from tests.daemon.conftest import SystemdSocket, daemon, write_drive
from tests.drives import at, seen, unseen

ALIKE_S = 0.15
"""A beginning is known as exactly as the pictures come, ten a second."""


@dataclass(frozen=True)
class Situation:
    """Something that lasts.

    Attributes:
        picture: what each picture of it shows.
        lasted_s: for how long, by the state.
        settings: of the daemon, such that a restart that takes its time ends nothing.
        goes_on: how its alert is known to have gone on in the third life.

    """

    picture: Callable[[float], Observation]
    lasted_s: Callable[[DriverState], float]
    settings: tuple[str, ...]
    goes_on: Callable[[OpenAlert], bool]


ANGER = Situation(
    lambda t: seen(t, "anger"),
    lambda state: state.emotion_s if state.emotion == "anger" else 0.0,
    ("emotion.forget_s=30.0", "alerts.emotion.sustained_s=8.0", "alerts.emotion.clear_s=30.0"),
    lambda alert: alert.severity == "notice",
)
NOBODY = Situation(
    unseen,
    lambda state: state.not_seen_s,
    ("alerts.not_seen.notice_s=8.0", "alerts.not_seen.warning_s=20.0"),
    lambda alert: alert.severity == "warning",
)


def until_state(app: Subscription, found: Callable[[DriverState], bool]) -> tuple[DriverState, list[Item]]:
    items = received(
        app, lambda items: bool(items) and isinstance(items[-1], DriverState) and found(items[-1])
    )
    state = items[-1]
    assert isinstance(state, DriverState)
    return state, items


def until_kept(folder: Path) -> None:
    """Wait until what is decided now stands in the runtime directory."""
    now = time.monotonic()

    def is_kept() -> bool:
        return any(json.loads(file.read_text())["at"] > now for file in folder.glob("memory.*.json"))

    until(is_kept)


@pytest.mark.slow
@pytest.mark.parametrize("situation", [ANGER, NOBODY], ids=["emotion", "not_seen"])
def test_killed_twice_its_timer_its_alert_and_its_escalation_go_on(
    folder: Path, systemd: SystemdSocket, tmp_path: Path, situation: Situation
) -> None:
    events: list[Observed] = list(at(10, 120.0, situation.picture))  # type: ignore[arg-type]
    drive = write_drive(tmp_path / "drive.jsonl", events)
    overrides = [word for setting in situation.settings for word in ("--set", setting)]
    arguments = ("--source", str(drive), *overrides)
    with subscribe(f"ipc://{folder}/bus.sock") as app:
        with daemon(folder, systemd, *arguments) as process:
            state, _ = until_state(app, lambda state: situation.lasted_s(state) > 2.0)
            begun = state.t - situation.lasted_s(state)
            assert state.alerts == ()
            until_kept(folder)
            process.kill()
            process.wait()
        with daemon(folder, systemd, *arguments) as process:
            state, _ = until_state(app, lambda state: bool(state.alerts))
            (raised,) = state.alerts
            assert raised.id == 1
            assert raised.since == pytest.approx(begun, abs=ALIKE_S)
            assert state.t - situation.lasted_s(state) == pytest.approx(begun, abs=ALIKE_S)
            until_kept(folder)
            process.kill()
            process.wait()
        with daemon(folder, systemd, *arguments):
            first(app, Restarted)
            state, items = until_state(
                app, lambda state: bool(state.alerts) and situation.goes_on(state.alerts[0])
            )
    (after,) = state.alerts
    assert (after.id, after.since) == (raised.id, raised.since)
    told = [item.event for item in items if isinstance(item, Alert)]
    assert "raised" not in told
    assert "cleared" not in told
