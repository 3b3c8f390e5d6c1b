"""CURVE keys on disk, in the certificate format of ZeroMQ (ZPL), as `zmq.auth` and CZMQ read it.

::

    FOLDER/                     on the daemon's computer: bus.keys
    ├── server.key_secret       mode 0600
    ├── server.key              its public part
    ├── allowed/NAME.key        public keys of the clients that may connect
    └── clients/NAME/           to be moved to the client's computer: keys= of `subscribe`
        ├── client.key_secret   mode 0600
        └── server.key
"""

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

import zmq

from drivermon.errors import KeysError

_KEY = re.compile(rb"^\s*(public|secret)-key\s*=\s*\"([^\"\s]{40})\"\s*$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Pair:
    """A public and a secret key, Z85."""

    public: bytes
    secret: bytes


@dataclass(frozen=True, slots=True)
class ClientKeys:
    """What a client needs: its own pair, and the public key of the server that it expects."""

    pair: Pair
    server: bytes


def server_pair(folder: Path) -> Pair:
    """Read the server's keys.

    Raises:
        KeysError: missing, unreadable, not a key, or open to other users.

    """
    return _read_pair(folder / "server.key_secret")


def client_keys(folder: Path) -> ClientKeys:
    """Read a client's keys; errors as `server_pair`."""
    return ClientKeys(_read_pair(folder / "client.key_secret"), _read(folder / "server.key", "public"))


def allowed_clients(folder: Path) -> frozenset[bytes]:
    """Read the public keys of all clients that may connect; errors as `server_pair`."""
    allowed = folder / "allowed"
    if allowed.exists() and allowed.stat().st_mode & stat.S_IWOTH:
        raise KeysError(f"{allowed}: everybody may put keys here; run `chmod o-w {allowed}`")
    return frozenset(_read(file, "public") for file in allowed.glob("*.key"))


def make_server(folder: Path) -> list[Path]:
    """Make the server's keys and return the files.

    Raises:
        KeysError: they are there already, or can't be written.

    """
    pair = _new_pair()
    _make_folder(folder)
    _make_folder(folder / "allowed")
    secret = _write_new(folder / "server.key_secret", _certificate(pair), 0o600)
    return [secret, _write_new(folder / "server.key", _certificate(pair, public_only=True), 0o644)]


def make_client(folder: Path, name: str) -> list[Path]:
    """Make keys for the client `name`, allow it, and return the files.

    Raises:
        KeysError: the name can't be a file's, the client is there already, there is no server's
            key, or the files can't be written.

    """
    if not _NAME.fullmatch(name):
        raise KeysError(f"client {name!r}: use letters, digits, -, _ and . only, and no . at the beginning")
    server = _read(folder / "server.key", "public")
    allowed, own = folder / "allowed" / f"{name}.key", folder / "clients" / name
    for there in (allowed, own):
        if there.exists():
            raise KeysError(
                f"{there}: is there already; remove it first if client {name!r} shall have new keys"
            )
    pair = _new_pair()
    _make_folder(folder / "clients")
    _make_folder(own)
    return [
        _write_new(own / "client.key_secret", _certificate(pair), 0o600),
        _write_new(own / "server.key", _text(public=server), 0o644),
        _write_new(allowed, _certificate(pair, public_only=True), 0o644),
    ]


def _new_pair() -> Pair:
    public, secret = zmq.curve_keypair()
    return Pair(public, secret)


def _certificate(pair: Pair, public_only: bool = False) -> str:
    return _text(public=pair.public) if public_only else _text(public=pair.public, secret=pair.secret)


def _text(**keys: bytes) -> str:
    lines = "".join(f'    {name}-key = "{key.decode("ascii")}"\n' for name, key in keys.items())
    return (
        f"# CURVE key of drivermon{' - keep it secret' if 'secret' in keys else ''}\nmetadata\ncurve\n{lines}"
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise KeysError(f"{folder}: can't make the folder: {error.strerror}") from None


def _write_new(file: Path, text: str, mode: int) -> Path:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(text)
    except FileExistsError:
        raise KeysError(f"{file}: is there already and is not overwritten; remove it first") from None
    except OSError as error:
        raise KeysError(f"{file}: can't write the key: {error.strerror}") from None
    return file


def _read_pair(file: Path) -> Pair:
    public, secret = _read(file, "public"), _read(file, "secret")
    if file.stat().st_mode & (stat.S_IRWXO | stat.S_IWGRP):
        raise KeysError(f"{file}: a secret key that other users can read; run `chmod 600 {file}`")
    return Pair(public, secret)


def _read(file: Path, part: str) -> bytes:
    try:
        keys: dict[str, bytes] = {name.decode(): key for name, key in _KEY.findall(file.read_bytes())}
    except OSError as error:
        raise KeysError(
            f"{file}: can't read the key: {error.strerror}; `drivermon keys` makes them"
        ) from None
    if part not in keys:
        raise KeysError(f"{file}: holds no {part} key; make it: drivermon keys")
    return keys[part]
