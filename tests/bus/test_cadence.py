"""Which states go out: changes at once, the rest five times a second, whatever the frame rate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.bus.cadence import EARLY_S, GRACE_S, PERIOD_S, STALE_S, StateCadence
from drivermon.messages import DriverState
from tests import samples


def quiet(t: float) -> DriverState:
    """A state in which only measured quantities move with time."""
    return samples.state(t).model_copy(update={"emotion_s": t, "perclos_60": min(1.0, t / 100)})


@pytest.mark.parametrize("fps", [5, 12, 15, 24, 30, 60])
def test_the_rate_is_five_a_second_at_any_frame_rate(fps: int) -> None:
    cadence = StateCadence()
    sent = sum(cadence.offer(quiet(n / fps), n / fps) for n in range(60 * fps))
    assert sent == pytest.approx(300, abs=2)


@pytest.mark.parametrize(
    "change",
    [
        {"emotion": None},
        {"seen": False},
        {"degraded": "dark"},
        {"yawning": True},
        {"attention": "away"},
        {"blinks": 32},
        {"alerts": (samples.open_alert(),)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_goes_out_at_once_and_only_once(change: dict[str, object]) -> None:
    cadence = StateCadence()
    assert cadence.offer(quiet(0.0), 0.0)
    assert not cadence.offer(quiet(0.03), 0.03)
    changed = quiet(0.06).model_copy(update=change)
    assert cadence.offer(changed, 0.06)
    assert not cadence.offer(changed.model_copy(update={"t": 0.09}), 0.09)


def test_an_escalation_is_a_change() -> None:
    cadence = StateCadence()
    cadence.offer(samples.state(0.0, samples.open_alert()), 0.0)
    worse = samples.open_alert().model_copy(update={"severity": "warning"})
    assert cadence.offer(samples.state(0.0, worse), 0.01)


def test_without_fresh_states_the_last_one_is_repeated_until_it_is_stale() -> None:
    cadence = StateCadence()
    assert cadence.wait_s(0.0) is None
    cadence.offer(quiet(0.0), 0.0)
    now, repeats = 0.0, 0
    while (wait_s := cadence.wait_s(now)) is not None:
        now += wait_s
        repeats += cadence.repeat(now) is not None
        assert now < STALE_S + 1
    assert repeats == pytest.approx(STALE_S / PERIOD_S, abs=1)


def test_a_fresh_state_is_awaited_before_the_last_one_is_repeated() -> None:
    cadence = StateCadence()
    cadence.offer(quiet(0.0), 0.0)
    assert cadence.repeat(PERIOD_S + GRACE_S / 2) is None
    assert cadence.offer(quiet(0.23), PERIOD_S + GRACE_S / 2)
    assert cadence.repeat(PERIOD_S + GRACE_S) is None


@given(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=200))
def test_while_states_come_no_silence_is_longer_than_period_and_grace(gaps: list[float]) -> None:
    cadence = StateCadence()
    limit = PERIOD_S + EARLY_S + GRACE_S + 1e-9
    now = last_sent = 0.0
    cadence.offer(quiet(0.0), 0.0)
    for gap in gaps:
        arrives = now + gap
        while (wait_s := cadence.wait_s(now)) is not None and now + wait_s < arrives:
            now += wait_s
            if cadence.repeat(now) is not None:
                assert now - last_sent <= limit
                last_sent = now
        now = arrives
        if cadence.offer(quiet(now), now):
            assert now - last_sent <= limit
            last_sent = now
