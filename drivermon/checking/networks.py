"""The networks: the files that were shipped, fit for drivermon, on the provider that was asked for."""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivermon.checking.findings import Finding, failed_as, ok, skipped, warn
from drivermon.checking.logged import collected
from drivermon.config import RuntimeSettings, Settings
from drivermon.errors import DrivermonError
from drivermon.perception import registry
from drivermon.perception.emotion import EmotionNetwork
from drivermon.perception.onnx_session import CPU, REMEDIES, open_session
from drivermon.perception.registry import find_network, shipped_networks

METADATA: Final = ("drivermon_kind", "labels", "chip", "temperature", "data", "licence")
"""What travels with a network; without the first three the daemon refuses it."""

CUDA: Final = "CUDAExecutionProvider"


@dataclass(frozen=True, slots=True)
class Shipped:
    """A network of the registry; `error` says why its file is not the one that was shipped."""

    name: str
    digest: str
    error: str | None


@dataclass(frozen=True, slots=True)
class Opened:
    """The emotion network, opened as the daemon does.

    Attributes:
        path: of its file.
        digest: SHA-256 of it.
        providers: really in use, the first one runs it.
        missing: keys of `METADATA` that are not there or empty.

    """

    path: str
    digest: str
    providers: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Networks:
    """Facts about networks and their runtime.

    Attributes:
        registry_error: why the registry can't be read.
        shipped: what it lists.
        enabled: emotion is inferred at all.
        opened: the network of the settings; `None` where it can't be opened, or is off.
        open_error: why it can't be opened.
        available: providers that the installed runtime was built with.
        gpu: there is an NVIDIA GPU whose driver works.

    """

    registry_error: str | None
    shipped: tuple[Shipped, ...]
    enabled: bool
    opened: Opened | None
    open_error: str | None
    available: tuple[str, ...]
    gpu: bool


def judge_networks(facts: Networks, runtime: RuntimeSettings) -> list[Finding]:
    """Judge registry, network and execution provider."""
    return [
        *_judge_registry(facts),
        _judge_opened(facts),
        _judge_provider(facts, runtime),
        _judge_cuda(facts),
    ]


def _judge_registry(facts: Networks) -> list[Finding]:
    if facts.registry_error is not None:
        return [failed_as("shipped networks", facts.registry_error)]
    return [
        ok(f"shipped {one.name}", f"the file that was shipped, SHA-256 {one.digest[:12]}…")
        if one.error is None
        else failed_as(f"shipped {one.name}", one.error)
        for one in facts.shipped
    ]


def _judge_opened(facts: Networks) -> Finding:
    name = "emotion network"
    if not facts.enabled:
        return skipped(name, "emotion.enabled is false")
    if facts.opened is None:
        return failed_as(name, facts.open_error or "can't be opened")
    opened = facts.opened
    if opened.missing:
        return warn(
            name,
            f"{opened.path} works, but its metadata has no {', '.join(opened.missing)}",
            "export it again with `python -m training export`, which writes them all",
        )
    return ok(name, f"fit for drivermon; SHA-256 {opened.digest[:12]}…")


def _judge_provider(facts: Networks, runtime: RuntimeSettings) -> Finding:
    name, wanted = "execution provider", runtime.providers[0]
    if not facts.enabled:
        return skipped(name, "emotion.enabled is false, no network runs")
    if facts.opened is None:
        return skipped(name, "the network can't be opened, see above")
    used = facts.opened.providers[0]
    if used == wanted:
        return ok(name, f"{used} runs the network, as asked")
    remedy = REMEDIES.get(wanted, "check the spelling in runtime.providers")
    built = ", ".join(facts.available)
    return warn(name, f"{wanted} was asked for and {used} runs the network; this runtime has {built}", remedy)


def _judge_cuda(facts: Networks) -> Finding:
    name = "CUDA"
    in_use = facts.opened is not None and facts.opened.providers[0] == CUDA
    if in_use:
        return ok(name, "runs the network")
    if not facts.gpu:
        return skipped(name, "unverified here: no NVIDIA GPU, or no driver for it")
    if CUDA not in facts.available:
        return warn(name, "there is an NVIDIA GPU, and this ONNX Runtime can't use it", REMEDIES[CUDA])
    return ok(name, f'there is an NVIDIA GPU; runtime.providers = ["{CUDA}", "{CPU}"] would use it')


def gather_networks(settings: Settings) -> Networks:
    """Open everything as the daemon does."""
    registry_error: str | None = None
    shipped: tuple[Shipped, ...] = ()
    try:
        shipped = tuple(Shipped(one.name, one.sha256, _error_of(one)) for one in shipped_networks().values())
    except DrivermonError as error:
        registry_error = str(error)
    opened, open_error = _open(settings)
    return Networks(
        registry_error=registry_error,
        shipped=shipped,
        enabled=settings.emotion.enabled,
        opened=opened,
        open_error=open_error,
        available=_available(),
        gpu=Path("/proc/driver/nvidia/version").exists() and any(Path("/dev").glob("nvidia[0-9]*")),
    )


def _error_of(network: registry.Shipped) -> str | None:
    try:
        registry.verify(network)
    except DrivermonError as error:
        return str(error)
    return None if network.card.is_file() else f"{network.card}: its card is missing; install drivermon again"


def _open(settings: Settings) -> tuple[Opened | None, str | None]:
    if not settings.emotion.enabled:
        return None, None
    try:
        with collected("drivermon.perception"):  # a provider that is missing is judged below
            path = find_network(settings.emotion.network, int8=settings.runtime.int8)
            network = EmotionNetwork(path, settings.runtime)
            metadata = open_session(path, settings.runtime).metadata
    except DrivermonError as error:
        return None, str(error)
    missing = tuple(key for key in METADATA if not metadata.get(key))
    return Opened(str(path), network.digest, network.providers, missing), None


def _available() -> tuple[str, ...]:
    try:
        return tuple(importlib.import_module("onnxruntime").get_available_providers())
    except (ImportError, AttributeError):  # mixed files of two runtimes may lack anything
        return ()
