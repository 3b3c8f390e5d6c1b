"""The bus with real sockets: joiners, slow and many subscribers, restarts, a second daemon."""

import asyncio
import contextlib
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from drivermon import (
    Alert,
    DriverState,
    Health,
    LinkLost,
    LinkRestored,
    LinkState,
    Missed,
    Observation,
    Restarted,
    asubscribe,
    subscribe,
)
from drivermon.bus.link import SILENCE_S
from drivermon.bus.subscriber import Item
from drivermon.bus.thread import BusThread
from drivermon.config import BusSettings
from drivermon.errors import BusError, EndpointTakenError, RuntimeDirectoryError, SchemaError
from tests import samples
from tests.bus.conftest import ipc
from tests.bus.waiting import first, received, until


@pytest.fixture(params=["ipc", "tcp"])
def bus(request: pytest.FixtureRequest, settings: BusSettings) -> Iterator[BusThread]:
    tcp = {"endpoint": "tcp://127.0.0.1:0", "signals_endpoint": "tcp://127.0.0.1:0"}
    chosen = settings if request.param == "ipc" else BusSettings.model_validate(tcp)
    with BusThread(chosen, "test", "media") as running:
        yield running


@pytest.fixture
def other() -> Iterator["zmq.Socket[bytes]"]:
    """A publisher of another program."""
    with zmq.Context() as context, context.socket(zmq.XPUB) as socket:
        socket.linger = 0
        yield socket


def kinds(items: list[Item]) -> set[type]:
    return {type(item) for item in items}


def test_a_joiner_gets_state_health_and_open_alerts_at_once(bus: BusThread) -> None:
    bus.post(samples.state(17.5, samples.open_alert()), samples.health())
    with subscribe(bus.endpoint) as joiner:
        items = received(joiner, lambda items: kinds(items) >= {DriverState, Health})
        assert items[0] == samples.state(17.5, samples.open_alert())
        assert joiner.open_alerts == (samples.open_alert(),)
        assert joiner.link is LinkState.UP


def test_the_second_subscriber_of_a_topic_is_greeted_too_and_the_first_sees_no_gap(bus: BusThread) -> None:
    bus.post(samples.state(), samples.health())
    with subscribe(bus.endpoint) as there:
        first(there, Health)
        for _ in range(5):
            with subscribe(bus.endpoint) as joiner:
                received(joiner, lambda items: kinds(items) >= {DriverState, Health})
        bus.post(samples.alert())
        items = received(there, lambda items: Alert in kinds(items))
        assert sum(isinstance(item, Health) for item in items) >= 5
        assert Missed not in kinds(items)


def test_an_alert_finds_the_open_alerts_already_right(bus: BusThread) -> None:
    with subscribe(bus.endpoint, "alert") as app:
        bus.post(samples.state(), samples.health())
        until(lambda: app.receive(0.01) is None and app.link is LinkState.UP)
        bus.post(samples.state(18.0, samples.open_alert()), samples.alert())
        assert first(app, Alert) == samples.alert()
        assert app.open_alerts == (samples.open_alert(),)
        assert app.envelope is not None
        assert (app.envelope.topic, app.envelope.source, app.envelope.clock) == (
            "alert.emotion",
            "test",
            "media",
        )
        assert app.envelope.boot_id == bus.boot_id
        assert app.envelope.published <= time.monotonic()


def test_only_the_topics_asked_for_are_yielded(bus: BusThread) -> None:
    with subscribe(bus.endpoint, ["alert.drowsy", "health"]) as app:
        bus.post(samples.state(), samples.health(1.0))
        first(app, Health)
        bus.post(samples.alert(), samples.state(9.0, samples.open_alert()), samples.health(2.0))
        assert received(app, lambda items: samples.health(2.0) in items)
        assert app.open_alerts == (samples.open_alert(),)


def test_observations_go_out_only_where_they_are_switched_on(folder: Path) -> None:
    for on in (False, True):
        chosen = ipc(folder, publish_observations=on)
        with BusThread(chosen, "test", "media") as bus, subscribe(bus.endpoint) as app:
            bus.post(samples.health(1.0))
            first(app, Health)
            bus.post(samples.observation(), samples.health(2.0))
            items = received(app, lambda items: samples.health(2.0) in items)
            assert (Observation in kinds(items)) is on


def test_async_and_sync_subscriptions_yield_the_same(bus: BusThread) -> None:
    async def listen() -> list[Item]:
        items: list[Item] = []
        async with asyncio.timeout(20), asubscribe(bus.endpoint) as app:
            async for item in app:
                items.append(item)
                if isinstance(item, Health):
                    bus.post(samples.alert())
                if isinstance(item, Alert):
                    app.close()
            assert app.open_alerts
        return items

    bus.post(samples.state(), samples.health())
    assert kinds(asyncio.run(listen())) == {DriverState, Health, Alert}


def test_an_async_subscription_can_be_given_up_and_taken_up_again(bus: BusThread) -> None:
    async def listen() -> Item:
        async with asubscribe(bus.endpoint, "alert") as app:
            while app.link is not LinkState.UP:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.01):
                        await anext(app)
            bus.post(samples.health(), samples.alert())
            async with asyncio.timeout(20):
                return await anext(app)

    bus.post(samples.health())
    assert asyncio.run(listen()) == samples.alert()


def test_an_async_subscription_tells_that_nobody_is_there(folder: Path) -> None:
    async def listen() -> Item:
        async with asyncio.timeout(20), asubscribe(f"ipc://{folder}/nobody.sock") as app:
            return await anext(app)

    assert isinstance(asyncio.run(listen()), LinkLost)


def test_a_client_outlives_the_daemon_and_knows_the_next_one(settings: BusSettings) -> None:
    with subscribe(settings.endpoint) as app:
        with BusThread(settings, "test", "media") as before:
            before.post(samples.state(1.0, samples.open_alert()), samples.health())
            received(app, lambda items: kinds(items) >= {DriverState, Health})
            assert app.open_alerts
        lost = first(app, LinkLost)
        assert isinstance(lost, LinkLost)
        assert lost.silent_s >= SILENCE_S
        assert app.link is LinkState.LOST
        with BusThread(settings, "test", "media") as after:
            after.post(samples.health(2.0), samples.state(2.0))
            items = received(app, lambda items: LinkRestored in kinds(items))
            restarted = next(item for item in items if isinstance(item, Restarted))
            assert (restarted.boot_id, restarted.voided) == (after.boot_id, (samples.open_alert(),))
            assert Missed not in kinds(items)
            first(app, DriverState)
            assert app.open_alerts == ()


def test_a_subscriber_that_does_not_read_costs_the_others_nothing_and_learns_what_it_missed(
    folder: Path,
) -> None:
    with (
        BusThread(ipc(folder, high_water_mark=16), "test", "media") as bus,
        subscribe(bus.endpoint, "health") as sleeper,
        subscribe(bus.endpoint, "health") as app,
    ):
        bus.post(samples.health(0.0))
        first(sleeper, Health)
        assert sleeper.envelope is not None
        begun = sleeper.envelope.seq
        for n in range(1, 5001):
            bus.post(samples.health(float(n)))
            # in step with this reader, so that only the sleeper can fall behind
            items = received(app, lambda items, n=n: samples.health(float(n)) in items)  # type: ignore[misc]
            assert Missed not in kinds(items)
        assert bus.lost == 0

        def awake(items: list[Item]) -> bool:
            bus.post(samples.health(9999.0))
            return samples.health(9999.0) in items

        items = received(sleeper, awake)
        missed = sum(item.count for item in items if isinstance(item, Missed))
        assert missed > 0, "what it did not read was not kept for it without end"
        assert begun + sum(isinstance(item, Health) for item in items) + missed == sleeper.envelope.seq


def test_messages_that_are_none_of_drivermon_are_refused_and_the_next_is_read(
    other: "zmq.Socket[bytes]", folder: Path
) -> None:
    other.bind(f"ipc://{folder}/other.sock")
    with subscribe(f"ipc://{folder}/other.sock", "health") as app:
        other.recv()
        other.recv()
        for frames in ([b"health"], [b"health", b"{}"], [b"state", b"\xff"], [b"health", b"{}", b""]):
            other.send_multipart(frames)
            with pytest.raises(SchemaError):
                app.receive(20.0)
        other.send_multipart([b"healthy", b"{}"])
        with pytest.raises(SchemaError, match="'healthy' is no topic of drivermon"):
            app.receive(20.0)


def test_a_topic_or_endpoint_that_cannot_be_is_refused(folder: Path) -> None:
    with pytest.raises(BusError, match="topic 'moods': there is none; known are alert, state"):
        subscribe(f"ipc://{folder}/b.sock", ["alert", "moods"])
    with pytest.raises(BusError, match=r"nonsense: can't connect: .*write ipc:///path or tcp://host:port"):
        subscribe("nonsense")


def test_a_subscription_waits_no_longer_than_it_is_told(settings: BusSettings) -> None:
    with subscribe(settings.endpoint) as app:
        assert app.receive(0.0) is None
        assert app.receive(0.01) is None
    assert app.receive(5.0) is None, "closed"
    assert list(app) == []


def test_the_sockets_are_private_and_gone_afterwards(folder: Path, settings: BusSettings) -> None:
    umask = os.umask(0)
    os.umask(umask)
    with BusThread(settings, "test", "media"):
        for name in ("b.sock", "s.sock", "b.sock.lock", "s.sock.lock"):
            assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name
    assert os.umask(umask) == umask, "as it was before"
    assert not (folder / "b.sock").exists()
    assert not (folder / "s.sock").exists()


def test_the_group_gets_in_only_where_that_is_switched_on(folder: Path) -> None:
    with BusThread(ipc(folder, group_access=True), "test", "media"):
        for name in ("b.sock", "s.sock"):
            assert stat.S_IMODE((folder / name).stat().st_mode) == 0o660


@pytest.mark.parametrize("which", ["endpoint", "signals_endpoint"])
def test_a_taken_port_is_an_error_and_leaves_nothing_behind(
    other: "zmq.Socket[bytes]", folder: Path, which: str
) -> None:
    other.bind("tcp://127.0.0.1:0")
    taken = other.get_string(zmq.LAST_ENDPOINT)
    with pytest.raises(EndpointTakenError, match=rf"{taken}: another process listens there"):
        BusThread(ipc(folder, **{which: taken}), "test", "media")
    assert not list(folder.glob("*.sock"))
    BusThread(ipc(folder), "test", "media").close()


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("ipc:///nowhere/b.sock", "/nowhere/b.sock.lock: can't lock the endpoint: No such file"),
        (f"ipc:///tmp/{'x' * 120}.sock", "may have 107 bytes; use a shorter folder"),
    ],
)
def test_an_endpoint_that_cannot_be_bound_is_one_clear_error(folder: Path, endpoint: str, words: str) -> None:
    with pytest.raises(BusError, match=words):
        BusThread(ipc(folder, endpoint=endpoint), "test", "media")


def test_without_a_runtime_directory_the_remedy_is_said(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    with pytest.raises(RuntimeDirectoryError, match="set RUNTIME_DIRECTORY"):
        BusThread(BusSettings(), "test", "media")
    (folder / "file").write_text("")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder / "file"))
    with pytest.raises(RuntimeDirectoryError, match="can't make the runtime directory: Not a directory"):
        BusThread(BusSettings(), "test", "media")


def test_daemon_and_client_find_each_other_in_the_runtime_directory(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    with BusThread(BusSettings(), "test", "media") as bus, subscribe() as app:
        assert bus.endpoint == app.endpoint == f"ipc://{folder}/drivermon/bus.sock"
        assert stat.S_IMODE((folder / "drivermon").stat().st_mode) == 0o700
        bus.post(samples.health())
        assert first(app, Health) == samples.health()
