"""A daemon that is killed in a microsleep or in slow drowsing goes on where it was, within a second."""

import json

import pytest

from drivermon.config import Settings
from drivermon.messages import Alert, DriverState, Observed
from drivermon.pipeline import Pipeline
from tests.scenarios.playing import DIGESTS, observed


def killed(
    events: list[Observed], kept_t: float, back_t: float
) -> list[tuple[DriverState, tuple[Alert, ...]]]:
    """What is said when the memory was last kept at `kept_t` and the first frame after comes at `back_t`."""
    before = Pipeline(Settings(), DIGESTS, None)
    results = [before.step(event) for event in events if event.t <= kept_t]
    after = Pipeline(Settings(), DIGESTS, None)
    after.restore(json.loads(json.dumps(before.state(), allow_nan=False)))
    results += [after.step(event) for event in events if event.t >= back_t]
    return [(result.state, result.alerts) for result in results]


@pytest.mark.parametrize("fps", [10, 15, 30, 60])
@pytest.mark.parametrize("kept_t", [15.4, 16.0, 17.2, 19.0])
def test_killed_in_a_microsleep(fps: float, kept_t: float) -> None:
    found = killed(observed("asleep", fps), kept_t, kept_t + 0.9)
    alerts = [alert for _, some in found for alert in some]
    raised = {alert.kind.value: alert.t for alert in alerts if alert.event == "raised"}
    for kind, due in (("microsleep", 16.5), ("sleep", 18.0), ("unresponsive", 21.0)):
        earliest = kept_t + 0.9 if kept_t < due < kept_t + 0.9 else due
        assert raised[kind] == pytest.approx(earliest, abs=0.2), kind
    assert len({alert.id for alert in alerts}) == len({alert.kind for alert in alerts})


def test_killed_in_slow_drowsing() -> None:
    events = observed("drowsing", 15)
    plain, after = (killed(events, t, t + 0.9) for t in (199.0, 130.0))
    shares = [(b.perclos_60, b.perclos_180) for b, _ in after if b.t > 131]
    expected = [(a.perclos_60, a.perclos_180) for a, _ in plain if a.t > 131]
    assert len(shares) > 900
    for (minute, three), (minute_0, three_0) in zip(shares, expected, strict=False):
        assert minute == pytest.approx(minute_0, abs=0.03)
        assert three == pytest.approx(three_0, abs=0.03)
    lives = [[(a.id, a.event.value, a.severity.value) for _, some in found for a in some]
             for found in (plain, after)]  # fmt: skip
    assert lives[0] == lives[1]
