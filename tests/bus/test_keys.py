"""CURVE: keys with safe modes, strangers outside, and nothing overwritten."""

import os
import stat
from pathlib import Path

import pytest
import zmq
import zmq.auth

from drivermon import DriverState, Health, LinkLost, subscribe
from drivermon.bus.keys import allowed_clients, client_keys, make_client, make_server, server_pair
from drivermon.bus.sender import SignalSender
from drivermon.bus.thread import BusThread
from drivermon.config import BusSettings
from drivermon.errors import BusError, KeysError
from drivermon.events import VehicleSignal
from tests import samples
from tests.bus.waiting import first, until


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    make_server(folder)
    make_client(folder, "dashboard")
    return folder


def over_tcp(keys: Path, host: str = "127.0.0.1") -> BusSettings:
    endpoint = f"tcp://{host}:0"
    return BusSettings(endpoint=endpoint, signals_endpoint=endpoint, keys=str(keys))


def test_a_client_with_allowed_keys_hears_and_speaks(keys: Path) -> None:
    signals: list[VehicleSignal] = []
    own = keys / "clients" / "dashboard"
    with BusThread(over_tcp(keys), "test", "media", on_signal=signals.append) as bus:
        bus.post(samples.state(1.0, samples.open_alert()), samples.health())
        with subscribe(bus.endpoint, keys=own) as app, SignalSender(bus.signals_endpoint, own) as sender:
            assert first(app, DriverState)
            assert app.open_alerts
            sender.send("speed", 50.0)
            until(lambda: bool(signals))


def stranger(kind: int, endpoint: str, keys: Path, allowed_name: str | None) -> "zmq.Socket[bytes]":
    """A socket that knows the server's public key; with `allowed_name` it borrows that public key too."""
    socket: zmq.Socket[bytes] = zmq.Context.instance().socket(kind)
    socket.linger = 0
    socket.curve_publickey, socket.curve_secretkey = zmq.curve_keypair()
    if allowed_name:
        socket.curve_publickey = client_keys(keys / "clients" / allowed_name).pair.public
    socket.curve_serverkey = server_pair(keys).public
    return socket


@pytest.mark.parametrize("allowed_name", [None, "dashboard"], ids=["own key", "borrowed public key"])
def test_a_stranger_with_the_servers_public_key_gets_nothing(keys: Path, allowed_name: str | None) -> None:
    with BusThread(over_tcp(keys), "test", "media") as bus:
        bus.post(samples.state(), samples.health())
        socket = stranger(zmq.SUB, bus.endpoint, keys, allowed_name)
        refused = socket.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_FAILED_AUTH
            | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
            | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
            | zmq.EVENT_HANDSHAKE_SUCCEEDED
        )
        socket.subscribe("")
        socket.connect(bus.endpoint)
        assert refused.poll(20_000)
        assert int.from_bytes(refused.recv_multipart()[0][:2], "little") != zmq.EVENT_HANDSHAKE_SUCCEEDED
        # while a client that may hears the daemon, nothing comes through here
        with subscribe(bus.endpoint, keys=keys / "clients" / "dashboard") as app:
            for _ in range(3):
                bus.post(samples.health())
                first(app, Health)
        assert not socket.poll(0)
        socket.disable_monitor()
        refused.close()
        socket.close()


def test_without_any_keys_nothing_is_heard_and_the_client_says_so(keys: Path) -> None:
    with BusThread(over_tcp(keys), "test", "media") as bus, subscribe(bus.endpoint) as app:
        bus.post(samples.state(), samples.health())
        assert isinstance(app.receive(20.0), LinkLost)


def test_a_client_that_is_removed_gets_in_no_more_and_a_new_one_does_without_restart(keys: Path) -> None:
    with BusThread(over_tcp(keys), "test", "media") as bus:
        bus.post(samples.state(), samples.health())
        make_client(keys, "late")
        (keys / "allowed" / "dashboard.key").unlink()
        with subscribe(bus.endpoint, keys=keys / "clients" / "late") as app:
            assert first(app, Health)
        with subscribe(bus.endpoint, keys=keys / "clients" / "dashboard") as app:
            assert isinstance(app.receive(20.0), LinkLost)


def test_secret_keys_are_private_from_the_first_moment(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        files = make_server(tmp_path / "keys") + make_client(tmp_path / "keys", "phone")
    finally:
        os.umask(umask)
    secret = [file for file in files if file.suffix == ".key_secret"]
    assert len(secret) == 2
    for file in secret:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_keys_are_those_that_zeromq_itself_reads(keys: Path) -> None:
    public, secret = zmq.auth.load_certificate(keys / "server.key_secret")
    assert (public, secret) == (server_pair(keys).public, server_pair(keys).secret)
    assert zmq.auth.load_certificates(keys / "allowed") == dict.fromkeys(allowed_clients(keys), True)


def test_nothing_is_overwritten(keys: Path) -> None:
    before = {file: file.read_bytes() for file in keys.rglob("*.key*")}
    with pytest.raises(KeysError, match=r"server\.key_secret: is there already and is not overwritten"):
        make_server(keys)
    with pytest.raises(KeysError, match=r"dashboard\.key: is there already; remove it first"):
        make_client(keys, "dashboard")
    assert before == {file: file.read_bytes() for file in keys.rglob("*.key*")}


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "a b", "é"])
def test_a_client_needs_a_name_that_can_be_a_file(keys: Path, name: str) -> None:
    with pytest.raises(KeysError, match="use letters, digits"):
        make_client(keys, name)


def test_a_secret_that_others_can_read_is_refused(keys: Path) -> None:
    for mode in (0o604, 0o644, 0o620):
        (keys / "server.key_secret").chmod(mode)
        with pytest.raises(KeysError, match=r"other users can read; run `chmod 600 .*server\.key_secret`"):
            BusThread(over_tcp(keys), "test", "media")
    (keys / "server.key_secret").chmod(0o640)  # root's file, read by the service's group
    BusThread(over_tcp(keys), "test", "media").close()


def test_a_list_of_clients_that_everybody_can_extend_is_refused(keys: Path) -> None:
    (keys / "allowed").chmod(0o777)
    with pytest.raises(KeysError, match=r"everybody may put keys here; run `chmod o-w"):
        BusThread(over_tcp(keys), "test", "media")


def test_missing_and_broken_keys_are_named(tmp_path: Path, keys: Path) -> None:
    with pytest.raises(KeysError, match=r"server\.key_secret: can't read the key: No such file"):
        BusThread(over_tcp(tmp_path / "nowhere"), "test", "media")
    with pytest.raises(KeysError, match=r"client\.key_secret: can't read the key"):
        subscribe("tcp://127.0.0.1:5570", keys=tmp_path)
    with pytest.raises(KeysError, match=r"server\.key: can't read the key"):
        make_client(tmp_path, "phone")
    (keys / "server.key_secret").write_bytes(b"\xff" + (keys / "server.key").read_bytes())
    with pytest.raises(KeysError, match="holds no secret key"):
        BusThread(over_tcp(keys), "test", "media")
    (tmp_path / "file").write_text("")
    with pytest.raises(KeysError, match="can't make the folder"):
        make_server(tmp_path / "file")


def test_an_address_that_is_not_this_computers_is_one_clear_error(keys: Path) -> None:
    with pytest.raises(BusError, match=r"tcp://192\.0\.2\.1:0: can't bind: .*check bus.endpoint"):
        BusThread(over_tcp(keys, "192.0.2.1"), "test", "media")
