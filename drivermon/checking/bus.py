"""The bus: is its endpoint free, or held by a daemon, and is that one well?"""

import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivermon import runtime_directory
from drivermon.bus.endpoints import BUS_SOCKET, ipc_path
from drivermon.bus.keys import allowed_clients, server_pair
from drivermon.bus.link import SILENCE_S
from drivermon.bus.lock import holder_of
from drivermon.bus.subscriber import subscribe
from drivermon.checking.findings import Finding, fail, failed_as, ok, skipped, warn
from drivermon.config import BusSettings
from drivermon.errors import BusError, DrivermonError, RuntimeDirectoryError
from drivermon.messages import Health

LISTEN_S: Final = SILENCE_S + 0.5
"""Health comes once a second; who says nothing for so long is not well."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the daemon publishes, or would.

    Attributes:
        address: as ZeroMQ writes it, empty where there is none for want of a runtime directory.
        error: why it can't be looked at.
        taken: a process holds it.
        holder: its process id, where it is known.
        writable: a free ipc endpoint's folder can be written, or will be made.
        health: what the daemon there said last; `None` where none was heard or nobody listened.
        source: that it watches, `None` where it was not heard.
        unheard: why nobody listened, `None` where somebody did.

    """

    address: str
    error: str | None
    taken: bool
    holder: str | None
    writable: bool
    health: Health | None
    source: str | None
    unheard: str | None


@dataclass(frozen=True, slots=True)
class Keys:
    """CURVE keys of the daemon.

    Attributes:
        folder: of the settings, empty for none.
        over_tcp: an endpoint needs or could use them.
        error: why they can't be used.
        clients: how many may connect.

    """

    folder: str
    over_tcp: bool
    error: str | None
    clients: int


def judge_endpoint(endpoint: Endpoint) -> list[Finding]:
    """Judge whether a daemon could start there, and the one that has."""
    name = "endpoint"
    if not endpoint.address:
        return [skipped(name, "there is no runtime directory to have it in, see above")]
    if endpoint.error is not None:
        return [failed_as(name, endpoint.error)]
    if endpoint.taken:
        return [ok(name, f"{endpoint.address}: held by {_holder(endpoint)}"), _judge_daemon(endpoint)]
    if not endpoint.writable:
        remedy = "make its folder and give it to the user who runs drivermon, or set bus.endpoint"
        return [fail(name, f"{endpoint.address}: its folder is not there or can't be written", remedy)]
    return [ok(name, f"{endpoint.address} is free"), skipped("daemon", "none is running there")]


def _holder(endpoint: Endpoint) -> str:
    return f"process {endpoint.holder}" if endpoint.holder else "a process that is not known"


def _judge_daemon(endpoint: Endpoint) -> Finding:
    name, health = "daemon", endpoint.health
    look = f"see what it is: ps {endpoint.holder or '-ef'}; `drivermon watch` shows what it publishes"
    if endpoint.unheard is not None:
        return skipped(name, endpoint.unheard)
    if health is None:
        return fail(name, f"{_holder(endpoint)} has said nothing for {LISTEN_S:.1f} s", look)
    told = f"version {health.version}, camera {health.camera}, {health.fps:.0f} fps, {health.dropped} dropped"
    if health.camera != "ok":
        return warn(name, told, "see its log for why the camera gives no picture")
    if health.lagging:
        remedy = "it gets more pictures than it can judge: free the processor, or lower camera.fps"
        return warn(name, f"{told}, lagging", remedy)
    return ok(name, told)


def judge_keys(keys: Keys) -> Finding:
    """Judge whether those who shall listen over a network can, and nobody else."""
    name = "keys"
    if not keys.over_tcp:
        return skipped(name, "the bus is no TCP port: file permissions guard it")
    if not keys.folder:
        return skipped(name, "none: TCP on loopback only, for every user of this computer")
    if keys.error is not None:
        return failed_as(name, keys.error)
    if not keys.clients:
        return warn(name, f"{keys.folder}: no client may connect", f"drivermon keys {keys.folder} CLIENT")
    return ok(name, f"{keys.folder}: {keys.clients} clients may connect")


def gather_endpoint(settings: BusSettings, service: Path = runtime_directory.SERVICE_DIRECTORY) -> Endpoint:
    """Look at the endpoint, and listen to whoever is there; makes and binds nothing that stays.

    Args:
        settings: of the bus.
        service: runtime directory of the installed service; if its daemon runs, that is the one.

    """
    if settings.endpoint:
        return _look_at(settings.endpoint, settings)
    try:
        own = _look_at(f"ipc://{runtime_directory.locate() / BUS_SOCKET}", settings)
    except RuntimeDirectoryError:
        own = Endpoint("", None, False, None, False, None, None, None)
    if own.taken:
        return own
    services = _look_at(f"ipc://{service / BUS_SOCKET}", settings)
    return services if services.taken else own


def _look_at(address: str, settings: BusSettings) -> Endpoint:
    path = ipc_path(address)
    try:
        holder = holder_of(path) if path is not None else None
    except BusError as error:
        return Endpoint(address, str(error), False, None, False, None, None, None)
    taken = holder is not None if path is not None else _port_is_taken(address)
    unheard = "who it is can't be asked without a client's keys" if path is None and settings.keys else None
    health, source = _listen(address) if taken and unheard is None else (None, None)
    return Endpoint(
        address=address,
        error=None,
        taken=taken,
        holder=holder or None,
        writable=path is None or _can_be_made(path.parent, bool(settings.endpoint)),
        health=health,
        source=source,
        unheard=unheard if taken else None,
    )


def gather_keys(settings: BusSettings) -> Keys:
    """Read the daemon's keys as it does."""
    over_tcp = any(each.startswith("tcp:") for each in (settings.endpoint, settings.signals_endpoint))
    error, clients = None, 0
    if over_tcp and settings.keys:
        try:
            server_pair(Path(settings.keys))
            clients = len(allowed_clients(Path(settings.keys)))
        except DrivermonError as failed:
            error = str(failed)
    return Keys(settings.keys, over_tcp, error, clients)


def _can_be_made(folder: Path, must_be_there: bool) -> bool:
    """Say whether a socket can be made in `folder`; the daemon itself makes only its runtime directory."""
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if must_be_there and not folder.is_dir():
        return False
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _port_is_taken(address: str) -> bool:
    host, _, port = address.removeprefix("tcp://").rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("" if host == "*" else host, int(port)))
        except OSError:
            return True
    return False


def _listen(address: str) -> tuple[Health | None, str | None]:
    """Return what a daemon says of itself, and which source it watches."""
    deadline = time.monotonic() + LISTEN_S
    with subscribe(address, "health") as subscription:
        while (left_s := deadline - time.monotonic()) > 0:
            try:
                item = subscription.receive(left_s)
            except DrivermonError:  # not a message of drivermon: another program publishes there
                break
            if isinstance(item, Health) and subscription.envelope is not None:
                return item, subscription.envelope.source
    return None, None
