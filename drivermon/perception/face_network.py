"""What the two face networks have in common: an ONNX file that says what it is, opened and checked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivermon.config import RuntimeSettings
from drivermon.errors import NetworkError
from drivermon.perception.onnx_session import open_session

INPUT = "image"


@dataclass(frozen=True, slots=True)
class FaceNetwork:
    """An open face network.

    Attributes:
        path: of its file.
        digest: SHA-256 of it.
        providers: execution providers really in use, the first one runs it.
        geometry: of the pictures it takes, as its metadata give it.

    """

    path: Path
    digest: str
    providers: tuple[str, ...]
    geometry: Mapping[str, float]
    session: Any
    outputs: tuple[str, ...]

    def run(self, images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Return all outputs for uint8 (N, H, W, 1).

        Raises:
            NetworkError: the network fails, or gives what is not finite.

        """
        try:
            results = self.session.run(list(self.outputs), {INPUT: images})
        except Exception as error:  # the runtime has a dozen error classes without a common root
            raise NetworkError(f"{self.path}: the network fails on its own input: {error}") from error
        for name, result in zip(self.outputs, results, strict=True):
            if not np.isfinite(result).all():
                raise refusal(self.path, f"its output {name} is not finite")
        return list(results)


def open_face_network(
    path: Path, settings: RuntimeSettings, kind: str, outputs: tuple[str, ...]
) -> FaceNetwork:
    """Open the network at `path`.

    Args:
        path: of the .onnx file.
        settings: providers and threads.
        kind: that its metadata must name.
        outputs: that it must have.

    Raises:
        NetworkError: missing or corrupt file, another kind, wrong inputs or outputs.
        InstallationError: no usable ONNX Runtime or execution provider.

    """
    opened = open_session(path, settings)
    found = opened.metadata.get("drivermon_kind", "missing")
    if found != kind:
        raise refusal(path, f"its metadata drivermon_kind is {found}, not {kind}")
    try:
        geometry = {name: float(value) for name, value in json.loads(opened.metadata["geometry"]).items()}
    except KeyError:
        raise refusal(path, "its metadata has no geometry") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise refusal(path, f"its metadata geometry can't be understood ({error})") from None
    inputs = [(entry.name, entry.type) for entry in opened.session.get_inputs()]
    if inputs != [(INPUT, "tensor(uint8)")]:
        raise refusal(path, f"its inputs are {inputs}, not one tensor of uint8 called {INPUT}")
    missing = set(outputs) - {entry.name for entry in opened.session.get_outputs()}
    if missing:
        raise refusal(path, f"it has no output {', '.join(sorted(missing))}")
    return FaceNetwork(path, opened.digest, opened.providers, geometry, opened.session, outputs)


def refusal(path: Path, why: str) -> NetworkError:
    """Return the error for a file that is no usable face network."""
    return NetworkError(
        f"{path}: not a face network for drivermon: {why}; use the shipped one, or export yours with "
        "`python -m training face`"
    )
