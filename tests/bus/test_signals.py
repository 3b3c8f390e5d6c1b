"""Vehicle signals come in; whatever else comes in does no harm."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from drivermon import Health, SignalSender, send_signal, subscribe
from drivermon.bus.intake import MAX_BYTES
from drivermon.bus.sockets import MAX_SIGNAL_BYTES
from drivermon.bus.thread import BusThread
from drivermon.config import BusSettings
from drivermon.errors import BusError
from drivermon.events import VehicleSignal
from tests import samples
from tests.bus.waiting import first, until


@pytest.fixture
def signals() -> list[VehicleSignal]:
    return []


@pytest.fixture
def bus(settings: BusSettings, signals: list[VehicleSignal]) -> Iterator[BusThread]:
    with BusThread(settings, "test", "media", signals.append, monotonic=lambda: 12.3456789) as running:
        yield running


@pytest.fixture
def raw(bus: BusThread) -> Iterator["zmq.Socket[bytes]"]:
    """A program that sends what it likes."""
    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        socket.linger = 0
        socket.connect(bus.signals_endpoint)
        yield socket


def test_signals_arrive_in_order_with_their_types_and_the_daemons_time(
    bus: BusThread, signals: list[VehicleSignal]
) -> None:
    sent = [("speed", 83.5), ("gear", "D"), ("belt", True), ("steering_angle", None), ("speed", 0.0)]
    with SignalSender(bus.signals_endpoint) as sender:
        for name, value in sent:
            sender.send(name, value)  # type: ignore[arg-type]
    until(lambda: len(signals) == len(sent))
    assert signals == [VehicleSignal(12.345679, name, value) for name, value in sent]  # type: ignore[arg-type]
    assert bus.signals_refused == 0


def test_one_signal_is_sent_with_one_call(bus: BusThread, signals: list[VehicleSignal]) -> None:
    send_signal("speed", 12.0, bus.signals_endpoint)
    until(lambda: bool(signals))


def test_garbage_is_counted_and_harms_nothing(
    bus: BusThread, raw: "zmq.Socket[bytes]", signals: list[VehicleSignal], caplog: pytest.LogCaptureFixture
) -> None:
    garbage = [
        [b""],
        [b"\x00\xff\xfe"],
        [b"[1, 2]"],
        [b"[" * MAX_BYTES],
        [b'{"name": "speed"}'],
        [b'{"name": "speed", "value": NaN}'],
        [b'{"name": "speed", "value": {"secret": 1}}'],
        [b'{"name": "speed", "value": 1}' + b" " * MAX_BYTES],
        [b'{"name": "speed",', b'"value": 1}'],
        [b'{"schema_version": 99, "name": "speed", "value": 1}'],
    ]
    with caplog.at_level(logging.WARNING):
        for frames in garbage * 3:
            raw.send_multipart(frames)
        raw.send(b'{"name": "speed", "value": 1, "unit": "a later field"}')
        until(lambda: bool(signals))
    assert [signal.value for signal in signals] == [1.0]
    assert bus.signals_refused == 3 * len(garbage)
    assert "refused: vehicle signal: longer than 4096 bytes" in caplog.text
    assert "secret" not in caplog.text, "what a stranger sends is not logged"
    with subscribe(bus.endpoint) as app:
        bus.post(samples.health())
        first(app, Health)


def test_what_is_far_too_long_ends_only_its_own_connection(
    bus: BusThread, raw: "zmq.Socket[bytes]", signals: list[VehicleSignal]
) -> None:
    raw.send(b"x" * (MAX_SIGNAL_BYTES + 1))
    with SignalSender(bus.signals_endpoint) as sender:
        sender.send("speed", 1.0)
    until(lambda: bool(signals))


def test_a_flood_of_signals_delays_no_message(bus: BusThread, raw: "zmq.Socket[bytes]") -> None:
    with subscribe(bus.endpoint, "health") as app:
        bus.post(samples.health(0.0))
        first(app, Health)
        for n in range(1, 50):
            for _ in range(100):
                raw.send(b"{}")
            bus.post(samples.health(float(n)))
            first(app, Health)
        until(lambda: bus.signals_refused == 4900)


def test_a_signal_that_nobody_takes_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivermon.bus.sender.SEND_TIMEOUT_S", 0.01)
    with pytest.raises(BusError, match="nobody takes 'speed'; is the daemon running"):
        send_signal("speed", 1.0, f"ipc://{folder}/nobody.sock")


@pytest.mark.parametrize(("name", "value"), [("", 1.0), ("speed", float("nan")), ("a", [1]), ("a" * 65, 1)])
def test_what_is_no_signal_is_not_sent(bus: BusThread, name: str, value: object) -> None:
    with SignalSender(bus.signals_endpoint) as sender, pytest.raises(BusError, match="vehicle signal "):
        sender.send(name, value)  # type: ignore[arg-type]


def test_whoever_publishes_to_the_subscribers_socket_does_no_harm(bus: BusThread) -> None:
    with zmq.Context() as context, context.socket(zmq.XSUB) as socket:
        socket.linger = 0
        socket.connect(bus.endpoint)
        for frame in (b"", b"\x02garbage", b"\xff" * 100, b"\x01" + b"\xff" * 100, b"\x00nothing"):
            socket.send(frame)
        with subscribe(bus.endpoint) as app:
            bus.post(samples.health())
            first(app, Health)
