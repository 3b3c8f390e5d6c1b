"""Opens an ONNX file in ONNX Runtime, on the execution provider that was asked for or not at all."""

import hashlib
import importlib
import importlib.metadata
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivermon.config import RuntimeSettings
from drivermon.errors import InstallationError, NetworkError

CPU = "CPUExecutionProvider"

NOT_RUNTIMES = {"onnxruntime-extensions", "onnxruntime-tools", "onnxruntime-genai"}
"""Distributions named like a runtime that bring no `onnxruntime` package of their own."""

REMEDIES = {
    "CUDAExecutionProvider": "it needs the NVIDIA runtime and its libraries alone in the environment: "
    'pip uninstall -y onnxruntime && pip install "drivermon[gpu]"',
    "OpenVINOExecutionProvider": "it needs Intel's runtime alone in the environment: "
    'pip uninstall -y onnxruntime && pip install "drivermon[openvino]"',
}
LET_CPU = 'or set runtime.on_missing_provider = "cpu" to go on without it'

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OnnxSession:
    """An open network.

    Attributes:
        session: the `onnxruntime.InferenceSession`.
        path: of its file.
        digest: SHA-256 of the file, hexadecimal.
        providers: really in use, most preferred first; the network runs on the first.
        metadata: the file's own key-value pairs.

    """

    session: Any
    path: Path
    digest: str
    providers: tuple[str, ...]
    metadata: Mapping[str, str]


def open_session(path: Path, settings: RuntimeSettings) -> OnnxSession:
    """Open the network at `path` with the providers and threads of `settings`.

    Raises:
        NetworkError: the file is missing, empty or no ONNX network that the runtime can load.
        InstallationError: there is not exactly one ONNX Runtime, or the first provider asked for
            can't be used and `settings.on_missing_provider` is `stop`.

    """
    require_one_runtime()
    content = _read(path)
    runtime = importlib.import_module("onnxruntime")
    if "CUDAExecutionProvider" in settings.providers and hasattr(runtime, "preload_dlls"):
        runtime.preload_dlls()
    available = runtime.get_available_providers()
    usable = [provider for provider in settings.providers if provider in available]
    if settings.providers[0] not in usable:
        _provider_missing(settings, f"this runtime only has {', '.join(available)}")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = settings.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # spinning threads would burn whole cores between two frames
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    try:
        session = runtime.InferenceSession(content, options, providers=usable or [CPU])
    except Exception as error:  # the runtime has a dozen error classes without a common root
        raise NetworkError(
            f"{path}: not an ONNX network that can be loaded ({_first_line(error)}); "
            "export or install it again"
        ) from error
    providers = tuple(session.get_providers())
    if usable and settings.providers[0] in usable and providers[0] != settings.providers[0]:
        _provider_missing(settings, f"it failed to start and {providers[0]} took its place")
    metadata = session.get_modelmeta().custom_metadata_map
    return OnnxSession(session, path, hashlib.sha256(content).hexdigest(), providers, metadata)


def require_one_runtime(installed: Iterable[str] | None = None) -> str:
    """Return the name of the one ONNX Runtime distribution that is installed.

    Two beside each other overwrite each other's files, and the CPU one hides the GPU.

    Args:
        installed: names of distributions; `None` for those of this environment.

    Raises:
        InstallationError: there is none, or more than one.

    """
    if installed is None:
        installed = [name for d in importlib.metadata.distributions() if (name := d.metadata["Name"])]
    normal = {re.sub(r"[-_.]+", "-", name).lower() for name in installed}
    runtimes = sorted(
        name
        for name in normal
        if re.match(r"(ort-nightly|onnxruntime)(-|$)", name) and name not in NOT_RUNTIMES
    )
    if not runtimes:
        raise InstallationError(
            'no ONNX Runtime is installed; install one: pip install "drivermon[cpu]" '
            "(or [gpu] for NVIDIA, [openvino] for Intel)"
        )
    if len(runtimes) > 1:
        raise InstallationError(
            f"{len(runtimes)} ONNX Runtimes are installed and overwrite each other: "
            f"{', '.join(runtimes)}; keep one: "
            f'pip uninstall -y {" ".join(runtimes)} && pip install "drivermon[cpu]" (or [gpu], [openvino])'
        )
    return runtimes[0]


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NetworkError(
            f"{path}: the network can't be read ({error.strerror}); check the path or install drivermon again"
        ) from None
    if not content:
        raise NetworkError(f"{path}: the network's file is empty; export or install it again")
    return content


def _provider_missing(settings: RuntimeSettings, why: str) -> None:
    wanted = settings.providers[0]
    if settings.on_missing_provider == "stop":
        remedy = REMEDIES.get(wanted, "check the spelling in runtime.providers")
        raise InstallationError(f"{wanted} can't be used: {why}; {remedy}; {LET_CPU}")
    logger.warning("%s can't be used: %s; going on as runtime.on_missing_provider says", wanted, why)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
