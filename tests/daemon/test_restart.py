"""SIGKILL in the middle: the daemon in its own process goes on as if nothing had been."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivermon import Alert, DriverState, Restarted, Subscription, subscribe
from drivermon.bus.subscriber import Item
from drivermon.config import Settings
from drivermon.daemon.keeper import open_keeper
from drivermon.messages import Observation, Observed, OpenAlert
from drivermon.pipeline import Pipeline
from tests.bus.waiting import first, received, until
from tests.daemon.conftest import SystemdSocket, daemon, write_drive
from tests.drives import at, seen, unseen
from tests.interpretation.reading import face
from tests.samples import DIGESTS

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


SILENCE_S = 2.0
"""A longer one counts as this long for eyes (`interpreter.LONGEST_SILENCE_S`)."""


def kept_t(folder: Path) -> float:
    """Return up to when the driver was judged that stands in the runtime directory."""
    (file,) = folder.glob("memory.*.json")
    return float(json.loads(file.read_text())["state"]["t"])


def opened(state: DriverState, kind: str) -> OpenAlert:
    return next(alert for alert in state.alerts if alert.kind == kind)


@pytest.mark.slow
def test_killed_twice_while_the_eyes_are_closed_sleep_and_no_response_come_when_due(
    folder: Path, systemd: SystemdSocket, tmp_path: Path
) -> None:
    drive = write_drive(tmp_path / "drive.jsonl", list(at(10, 120.0, lambda t: face(t, openness=0.0))))
    limits = ("alerts.sleep.sleep_s=5.0", "alerts.sleep.unresponsive_s=10.0")
    arguments = ("--source", str(drive), *(word for limit in limits for word in ("--set", limit)))
    told: list[Item] = []
    lives: list[DriverState] = []
    skipped_s = kept = 0.0
    with subscribe(f"ipc://{folder}/bus.sock") as app:
        for kind in ("microsleep", "sleep", "unresponsive"):
            with daemon(folder, systemd, *arguments) as process:
                if lives:
                    first(app, Restarted)
                    begun, _ = until_state(app, lambda _: True)
                    skipped_s += max(0.0, begun.t - kept - SILENCE_S)
                state, items = until_state(app, lambda state: kind in {a.kind for a in state.alerts})  # noqa: B023
                told += items
                lives.append(state)
                until_kept(folder)
                process.kill()
                process.wait()
                kept = kept_t(folder)
    since = opened(lives[0], "microsleep").since
    for state, kind, due_s in zip(lives, ("microsleep", "sleep", "unresponsive"), (1.5, 5, 10), strict=True):
        assert opened(state, "microsleep") == opened(lives[0], "microsleep")
        alert = opened(state, kind)
        assert since - ALIKE_S <= alert.since <= since + skipped_s + ALIKE_S
        assert state.t - alert.since >= due_s - ALIKE_S
    raised = [item.kind for item in told if isinstance(item, Alert) and item.event == "raised"]
    assert len(raised) == len(set(raised))
    assert not [item for item in told if isinstance(item, Alert) and item.event == "cleared"]


def closed_for(closed_s: float, every_s: float) -> Callable[[float], Observation]:
    return lambda t: face(t, openness=0.0 if t % every_s > every_s - closed_s else 1.0)


@pytest.mark.slow
def test_killed_in_slow_drowsing_the_share_and_its_escalation_go_on(
    folder: Path, systemd: SystemdSocket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before lies a minute and a half of drowsing, as a daemon keeps it; without it no share is known."""
    drive = write_drive(tmp_path / "drive.jsonl", list(at(10, 120.0, closed_for(0.9, 2.0))))
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(folder))
    keeper = open_keeper(str(drive))
    assert keeper is not None
    before = Pipeline(Settings(), DIGESTS, None)
    now = time.monotonic()
    for event in at(10, 95.0, closed_for(0.8, 6.5)):
        assert isinstance(event, Observation)
        state = before.step(event.model_copy(update={"t": round(event.t + now - 95.0, 6)})).state
    drowsy = opened(state, "drowsy")
    assert drowsy.severity == "notice"
    keeper.save(before.state())
    told: list[Item] = []
    with subscribe(f"ipc://{folder}/bus.sock") as app:
        with daemon(folder, systemd, "--source", str(drive)) as process:
            state, items = until_state(app, lambda state: state.t > now)
            assert state.perclos_60 == pytest.approx(0.12, abs=0.03)
            assert opened(state, "drowsy") == drowsy
            until_kept(folder)
            process.kill()
            process.wait()
        with daemon(folder, systemd, "--source", str(drive)):
            first(app, Restarted)
            again, _ = until_state(app, lambda state: state.perclos_60 is not None)
            assert again.perclos_60 == pytest.approx(state.perclos_60, abs=0.04)
            state, more = until_state(app, lambda state: opened(state, "drowsy").severity == "warning")
            told = items + more
    assert (opened(state, "drowsy").id, opened(state, "drowsy").since) == (drowsy.id, drowsy.since)
    assert state.perclos_60 == pytest.approx(0.15, abs=0.02)
    drowsy_events = {item.event for item in told if isinstance(item, Alert) and item.kind == "drowsy"}
    assert drowsy_events <= {"escalated"}
