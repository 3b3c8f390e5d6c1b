"""Whatever comes in by a socket or an option: one clear error or a number in Health, the daemon unharmed."""

import os
from pathlib import Path

import pytest
import zmq

from drivermon import Health, subscribe
from drivermon.bus.intake import MAX_BYTES
from drivermon.events import VehicleSignal
from drivermon.wire import SignalMessage
from tests.bus.waiting import received, until
from tests.cli.running import assert_one_clear_error, drivermon
from tests.daemon.inside import Prompted, run_beside

GOOD = SignalMessage(name="speed", value=50.0).model_dump_json().encode()

BAD = [
    [b""],
    [os.urandom(300)],
    [b"[" * 2000],
    [b"{}"],
    [b'{"schema_version": 99, "name": "speed", "value": 1}'],
    [b'{"name": "speed", "value": NaN}'],
    [b'{"name": "speed", "value": {"of": "light"}}'],
    [GOOD, GOOD],
    [GOOD + b" " * MAX_BYTES],
]


def test_garbage_on_the_signal_socket_is_refused_counted_and_harms_nothing(folder: Path) -> None:
    camera = Prompted()

    def act(signals: list[VehicleSignal]) -> None:
        with zmq.Context() as context, context.socket(zmq.PUSH) as vehicle:
            vehicle.connect(f"ipc://{folder}/s.sock")
            for message in BAD:
                vehicle.send_multipart(message)
            vehicle.send(GOOD)

            def heard() -> bool:
                camera.show()
                return bool(signals)

            until(heard)
        assert [(signal.name, signal.value) for signal in signals] == [("speed", 50.0)]
        with subscribe(f"ipc://{folder}/b.sock") as app:
            received(
                app,
                lambda items: any(
                    isinstance(item, Health) and item.signals_refused == len(BAD) for item in items
                ),
            )

    run_beside(folder, camera, act)


@pytest.mark.parametrize(
    ("options", "runtime", "status", "said"),
    [
        (["--source", "/nowhere.mp4"], ".", 1, "/nowhere.mp4: can't be opened"),
        (["--source", "rtspx://driver:hunter2@car/1"], ".", 1, "rtspx://car/1: can't be opened"),
        (["--config", "/nowhere.toml"], ".", 78, "/nowhere.toml: can't read the configuration"),
        (["--set", "camera.gain=many"], ".", 78, 'camera.gain = "many": must be a whole number'),
        (["--set", "bus.endpoint=tcp://*:5555"], ".", 78, "is open to outsiders; set keys"),
        (["--set", "bus.endpoint=tcp://127.0.0.1:5555", "--set", "bus.keys=/nowhere"], ".", 1, "/nowhere"),
        (["--set", "bus.endpoint=ipc:///nowhere/bus.sock"], ".", 1, "/nowhere/bus.sock"),
        ([], "file/below", 1, "can't make the runtime directory: Not a directory"),
    ],
    ids=["source", "address", "file", "value", "open", "keys", "endpoint", "runtime directory"],
)
def test_what_cannot_be_used_is_one_clear_error(
    folder: Path, options: list[str], runtime: str, status: int, said: str
) -> None:
    (folder / "file").touch()
    camera = [] if "--source" in options else ["--source", "/dev/video77"]
    no_network = ["--set", "emotion.enabled=false"]
    result = drivermon(
        "run", *camera, *no_network, *options, env={"RUNTIME_DIRECTORY": str(folder / runtime)}
    )
    assert result.returncode == status
    assert_one_clear_error(result, said)
    assert "hunter2" not in result.stderr
