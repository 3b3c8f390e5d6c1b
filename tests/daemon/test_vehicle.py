"""Vehicle signals from a CAN bus reach the corridor like those of the socket."""

from pathlib import Path
from typing import Any

import pytest

from drivermon import send_signal
from drivermon.config import CanSettings
from drivermon.errors import ConfigError
from drivermon.events import VehicleSignal
from tests.bus.test_can import car, settings  # noqa: F401 - fixtures
from tests.bus.waiting import until
from tests.cli.running import assert_one_clear_error, drivermon
from tests.daemon.inside import Prompted, run_beside


def test_signals_of_both_enter(folder: Path, settings: CanSettings, car: Any) -> None:  # noqa: F811
    camera = Prompted()

    def act(signals: list[VehicleSignal]) -> None:
        def heard(*expected: tuple[str, object]) -> bool:
            car(292, [3])  # the bus may not be open yet
            camera.show()
            return {(signal.name, signal.value) for signal in signals} >= set(expected)

        until(lambda: heard(("gear", "D")))
        send_signal("speed", 50.0, endpoint=f"ipc://{folder}/s.sock")
        until(lambda: heard(("gear", "D"), ("speed", 50.0)))
        times = [signal.t for signal in signals]
        assert times == sorted(times)

    run_beside(folder, camera, act, can=settings)


def test_a_bad_database_is_a_bad_configuration(folder: Path, settings: CanSettings) -> None:  # noqa: F811
    bad = settings.model_copy(update={"database": "/nowhere.dbc"})
    with pytest.raises(ConfigError, match=r"can\.database = '/nowhere\.dbc': can't read"):
        run_beside(folder, Prompted(), lambda _: None, can=bad)


def test_the_command_reads_the_bus_that_is_configured(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("can", reason="needs the extra `can`")
    config = tmp_path / "car.toml"
    config.write_text(
        "[can]\ninterface = 'virtual'\ndatabase = '/nowhere.dbc'\nsignals = ['speed=Motion.Speed']\n"
        "[emotion]\nenabled = false\n"
    )
    result = drivermon(
        "run", "--config", str(config), "--source", "/dev/video77", env={"RUNTIME_DIRECTORY": str(folder)}
    )
    assert result.returncode == 78
    assert_one_clear_error(result, "can.database = '/nowhere.dbc': can't read")
