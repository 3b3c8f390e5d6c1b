"""Vehicle signals from a CAN bus, over python-can's virtual interface."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drivermon.bus.can_bus import REPEAT_S, STALE_S, CanReader, SignalFilter
from drivermon.config import CanSettings
from drivermon.errors import ConfigError, InstallationError
from drivermon.events import VehicleSignal
from tests.bus.waiting import until

DATABASE = """VERSION ""
BS_:
BU_: car
BO_ 291 Motion: 8 car
 SG_ Speed : 0|16@1+ (0.01,0) [0|300] "km/h" car
 SG_ Angle : 16|16@1- (0.1,0) [-780|780] "deg" car
BO_ 292 Gearbox: 1 car
 SG_ Gear : 0|4@1+ (1,0) [0|15] "" car
VAL_ 292 Gear 0 "P" 1 "R" 2 "N" 3 "D" ;
"""
SIGNALS = ("speed=Motion.Speed", "steering_angle=Motion.Angle", "gear=Gearbox.Gear")


@pytest.fixture
def settings(tmp_path: Path) -> CanSettings:
    pytest.importorskip("can", reason="needs the extra `can`")
    pytest.importorskip("cantools", reason="needs the extra `can`")
    database = tmp_path / "car.dbc"
    database.write_text(DATABASE)
    return CanSettings(interface="virtual", channel=str(tmp_path), database=str(database), signals=SIGNALS)


@pytest.fixture
def car(settings: CanSettings) -> Iterator[Any]:
    """The car's side of the bus."""
    import can

    bus = can.Bus(interface="virtual", channel=settings.channel)
    yield lambda number, data: bus.send(can.Message(arbitration_id=number, data=data, is_extended_id=False))
    bus.shutdown()


def test_signals_are_decoded_scaled_and_named(settings: CanSettings, car: Any) -> None:
    signals: list[VehicleSignal] = []
    with CanReader(settings, signals.append, monotonic=lambda: 5.0) as reader:
        until(lambda: reader.is_open)
        car(291, [0x5A, 0x1E, 0x9C, 0xFF, 0, 0, 0, 0])  # 0x1E5A = 7770; 0xFF9C = -100
        car(292, [3])
        until(lambda: len(signals) == 3)
    assert signals == [
        VehicleSignal(5.0, "speed", 77.7),
        VehicleSignal(5.0, "steering_angle", -10.0),
        VehicleSignal(5.0, "gear", "D"),
    ]


def test_frames_that_are_not_wanted_or_too_short_are_passed_over(settings: CanSettings, car: Any) -> None:
    signals: list[VehicleSignal] = []
    with CanReader(settings, signals.append) as reader:
        until(lambda: reader.is_open)
        car(7, [1, 2, 3])
        car(291, [1])
        car(292, [])
        car(292, [1])
        until(lambda: bool(signals))
    assert [(signal.name, signal.value) for signal in signals] == [("gear", "R")]


def test_a_car_that_falls_silent_makes_its_signals_unknown(settings: CanSettings, car: Any) -> None:
    signals: list[VehicleSignal] = []
    now = [0.0]
    with CanReader(settings, signals.append, monotonic=lambda: now[0]) as reader:
        until(lambda: reader.is_open)
        car(292, [1])
        until(lambda: bool(signals))
        now[0] = STALE_S + 0.1
        until(lambda: len(signals) == 2)
    assert signals[1] == VehicleSignal(STALE_S + 0.1, "gear", None)


class BreakableBus:
    """python-can's bus, which can't be opened, or is lost after it was."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import can

        self.opened = 0
        self.error: Exception | None = None
        self._bus = can.Bus
        monkeypatch.setattr(can, "Bus", self._open)

    def _open(self, **arguments: Any) -> Any:
        if self.error is not None:
            raise self.error
        self.opened += 1
        bus = self._bus(**arguments)
        receive = bus.recv

        def recv(timeout: float) -> Any:
            if self.error is not None:
                raise self.error
            return receive(timeout)

        bus.recv = recv
        return bus


def test_a_bus_that_is_down_or_lost_is_tried_again_and_its_signals_are_unknown(
    settings: CanSettings, car: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import can

    breakable = BreakableBus(monkeypatch)
    breakable.error = can.CanInitializationError("no such device")
    signals: list[VehicleSignal] = []
    with CanReader(settings, signals.append, retry_s=0.01) as reader:
        until(lambda: caplog.text.count("lost: no such device") > 1)
        breakable.error = None
        until(lambda: reader.is_open)
        car(292, [3])
        until(lambda: bool(signals))
        breakable.error = OSError("the network is down")
        until(lambda: len(signals) == 2)
        breakable.error = None
        until(lambda: reader.is_open)
        assert breakable.opened == 2
        car(292, [3])
        until(lambda: len(signals) == 3)
        assert reader.is_alive()
    assert [(signal.name, signal.value) for signal in signals] == [
        ("gear", "D"),
        ("gear", None),
        ("gear", "D"),
    ]
    assert "lost: the network is down; is the interface up" in caplog.text


def test_a_message_that_cannot_be_decoded_is_passed_over(
    settings: CanSettings, car: Any, tmp_path: Path
) -> None:
    database = tmp_path / "car.dbc"
    database.write_text(
        DATABASE.replace("SG_ Speed :", 'SG_ Page M : 32|8@1+ (1,0) [0|1] "" car\n SG_ Speed m1 :')
    )
    signals: list[VehicleSignal] = []
    with CanReader(settings.model_copy(update={"database": str(database)}), signals.append) as reader:
        until(lambda: reader.is_open)
        car(291, [0, 0, 0, 0, 7, 0, 0, 0])  # there is no page 7
        car(292, [3])
        until(lambda: bool(signals))
        assert reader.is_alive()
    assert [signal.name for signal in signals] == ["gear"]


def test_a_value_is_told_when_it_changes_and_once_a_second() -> None:
    told = SignalFilter()
    assert told.hear("speed", 50.0, 0.0)
    assert not told.hear("speed", 50.0, 0.01)
    assert told.hear("speed", 51.0, 0.02)
    assert not told.hear("speed", 51.0, REPEAT_S)
    assert told.hear("speed", 51.0, REPEAT_S + 0.02)
    assert told.fallen_silent(REPEAT_S + STALE_S) == []
    assert told.fallen_silent(REPEAT_S + STALE_S + 0.03) == ["speed"]
    assert told.fallen_silent(99.0) == []
    assert told.hear("speed", 51.0, 99.1)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"signals": ("speed=Motions.Speed",)}, ConfigError, "has no message Motions"),
        ({"signals": ("speed=Motion.Tempo",)}, ConfigError, "Motion has the signals Speed, Angle"),
        ({"database": "/nowhere.dbc"}, ConfigError, "can't read: No such file"),
        ({"database": __file__}, ConfigError, "is no database of CAN messages"),
        (
            {"interface": "telepathy"},
            ConfigError,
            "can.interface = 'telepathy': python-can knows only .*socketcan",
        ),
    ],
    ids=["message", "signal", "missing file", "other file", "interface"],
)
def test_what_cannot_be_read_is_named(
    settings: CanSettings, change: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        CanReader(settings.model_copy(update=change), lambda _: None)


def test_without_the_packages_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "can", None)
    with pytest.raises(InstallationError, match=r"package can is missing: pip install 'drivermon\[can\]'"):
        CanReader(CanSettings(), lambda _: None)
