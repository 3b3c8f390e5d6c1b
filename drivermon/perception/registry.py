"""The shipped networks: where they lie, and that each is the file that was shipped."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from drivermon.errors import InstallationError, NetworkError

REGISTRY = "registry.json"

INT8 = "_int8"
"""Behind the name of a network, that of the same in 8 bits."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """A network in the registry.

    Attributes:
        name: what the configuration calls it.
        path: of its ONNX file.
        sha256: of that file, hexadecimal.
        licence: under which its weights may be used.
        card: path of the page with its data, terms, metrics and weaknesses.

    """

    name: str
    path: Path
    sha256: str
    licence: str
    card: Path


def networks_folder() -> Path:
    """Return the folder of the shipped networks: inside the installed package, or in a checkout.

    Raises:
        InstallationError: there is no such folder.

    """
    package = Path(__file__).parents[1]
    for folder in (package / "networks", package.parent / "onnx"):
        if (folder / REGISTRY).is_file():
            return folder
    raise InstallationError(
        f"no networks lie beside {package}; install drivermon again: pip install --force-reinstall drivermon"
    )


def shipped_networks(folder: Path | None = None) -> dict[str, Shipped]:
    """Return what the registry of `folder` (default: the shipped one) lists, by name.

    Raises:
        InstallationError: the registry is missing or can't be understood.

    """
    folder = networks_folder() if folder is None else folder
    path = folder / REGISTRY
    try:
        entries = json.loads(path.read_text("utf-8"))
        return {
            name: Shipped(
                name=name,
                path=folder / entry["file"],
                sha256=entry["sha256"],
                licence=entry["licence"],
                card=folder / entry["card"],
            )
            for name, entry in entries.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InstallationError(
            f"{path}: the registry of networks can't be read ({error!r}); install drivermon again"
        ) from None


def find_network(name: str, folder: Path | None = None, *, int8: bool = False) -> Path:
    """Return the file of a shipped network by name, verified; or `name` itself if it is a path.

    Args:
        name: as in `emotion.network`: a registered name, or the path of an ONNX file.
        folder: of the registry; `None` for the shipped one.
        int8: take the network in 8 bits where it is shipped so, too.

    Raises:
        NetworkError: no such network, or its file is missing or not the one that was shipped.
        InstallationError: the registry is missing or can't be understood.

    """
    if name.endswith(".onnx") or "/" in name or "\\" in name:
        return Path(name).expanduser()
    networks = shipped_networks(folder)
    if name not in networks:
        raise NetworkError(
            f"no shipped network is called {name!r}; there is {', '.join(sorted(networks))}, "
            "or give the path of an .onnx file"
        )
    found = networks.get(name + INT8, networks[name]) if int8 else networks[name]
    verify(found)
    return found.path


def verify(network: Shipped) -> None:
    """Check that the file is the one in the registry.

    Raises:
        NetworkError: it is missing, or another file.

    """
    try:
        found = hashlib.sha256(network.path.read_bytes()).hexdigest()
    except OSError as error:
        raise NetworkError(
            f"{network.path}: the shipped network {network.name!r} can't be read ({error.strerror}); "
            "install drivermon again"
        ) from None
    if found != network.sha256:
        raise NetworkError(
            f"{network.path}: not the file that was shipped as {network.name!r} (SHA-256 {found[:12]}…, "
            f"registry {network.sha256[:12]}…); install drivermon again, or name it by its path"
        )
