"""Where the bus is, and where it is looked for."""

from pathlib import Path

import pytest

from drivermon import runtime_directory
from drivermon.bus.endpoints import bus_endpoint, find_bus, find_signals, ipc_path, signals_endpoint
from drivermon.config import BusSettings
from drivermon.errors import RuntimeDirectoryError


def test_the_services_directory_comes_before_the_users(tmp_path: Path) -> None:
    environ = {"RUNTIME_DIRECTORY": f"{tmp_path}/own:{tmp_path}/other", "XDG_RUNTIME_DIR": f"{tmp_path}/user"}
    assert runtime_directory.locate(environ) == tmp_path / "own"
    del environ["RUNTIME_DIRECTORY"]
    assert runtime_directory.locate(environ) == tmp_path / "user" / "drivermon"


def test_the_default_sockets_stand_in_the_runtime_directory(tmp_path: Path) -> None:
    environ = {"XDG_RUNTIME_DIR": str(tmp_path)}
    assert bus_endpoint(BusSettings(), environ) == f"ipc://{tmp_path}/drivermon/bus.sock"
    assert signals_endpoint(BusSettings(), environ) == f"ipc://{tmp_path}/drivermon/signals.sock"
    assert ipc_path(bus_endpoint(BusSettings(), environ)) == tmp_path / "drivermon" / "bus.sock"
    assert ipc_path("tcp://localhost:1") is None


def test_a_configured_endpoint_needs_no_runtime_directory() -> None:
    settings = BusSettings(endpoint="tcp://127.0.0.1:5570")
    assert bus_endpoint(settings, {}) == "tcp://127.0.0.1:5570"


def test_a_directory_that_everybody_can_write_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(RuntimeDirectoryError, match=r"everybody may write .*run `chmod o-w"):
        runtime_directory.prepare({"RUNTIME_DIRECTORY": str(tmp_path)})


def test_a_client_takes_the_socket_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service, user = tmp_path / "service", tmp_path / "user" / "drivermon"
    monkeypatch.setattr(runtime_directory, "SERVICE_DIRECTORY", service)
    environ = {"XDG_RUNTIME_DIR": str(tmp_path / "user")}
    assert find_bus({}) == f"ipc://{service}/bus.sock"
    assert find_bus(environ) == f"ipc://{user}/bus.sock", "the one that this user's daemon would make"
    service.mkdir()
    (service / "bus.sock").touch()
    assert find_bus(environ) == f"ipc://{service}/bus.sock"
    user.mkdir(parents=True)
    (user / "bus.sock").touch()
    assert find_bus(environ) == f"ipc://{user}/bus.sock"
    assert find_signals(environ) == f"ipc://{user}/signals.sock"
    told = {
        **environ,
        "DRIVERMON_BUS__ENDPOINT": "tcp://car:1",
        "DRIVERMON_BUS__SIGNALS_ENDPOINT": "tcp://car:2",
    }
    assert (find_bus(told), find_signals(told)) == ("tcp://car:1", "tcp://car:2")
