"""What subscribers hear of the camera, and when."""

from pathlib import Path

import pytest

from drivermon import Health, Subscription, subscribe
from drivermon.daemon import daemon as daemon_module
from drivermon.daemon.meter import Meter
from drivermon.events import Gap, GapCause, VehicleSignal
from tests.bus.waiting import received
from tests.daemon.inside import Prompted, run_beside


def until_camera(app: Subscription, state: str) -> Health:
    """Read up to the Health that says this of the camera."""
    items = received(
        app, lambda items: bool(items) and isinstance(items[-1], Health) and items[-1].camera == state
    )
    assert isinstance(items[-1], Health)
    return items[-1]


def test_a_change_of_the_camera_is_told_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon_module, "HEALTH_S", 3600.0)  # what comes does not come by the clock
    camera = Prompted()

    def act(_: list[VehicleSignal]) -> None:
        with subscribe(f"ipc://{folder}/b.sock") as app:
            camera.gap(GapCause.STARTING)
            until_camera(app, "starting")  # greeted as a joiner
            for cause in (GapCause.FROZEN, GapCause.LOST, GapCause.HUNG):
                camera.show()
                until_camera(app, "ok")
                camera.gap(cause)
                until_camera(app, cause)
            camera.show()
            until_camera(app, "ok")

    run_beside(folder, camera, act)


def test_what_is_told_at_once_has_the_figures_of_the_last_whole_second() -> None:
    now = [0.0]
    changes: list[float] = []
    meter = Meter(lambda: now[0], lambda: changes.append(now[0]))
    for number in range(1, 31):
        now[0] = number / 30
        meter.captured(Gap(now[0], GapCause.LOST))
        meter.judged(0.008)
    assert meter.read(3).fps == 30.0
    now[0] = 1.1
    meter.captured(Gap(now[0], GapCause.HUNG))
    reading = meter.last()
    assert (reading.camera, reading.fps, reading.dropped) == ("hung", 30.0, 3)
    assert changes == pytest.approx([1 / 30, 1.1])
