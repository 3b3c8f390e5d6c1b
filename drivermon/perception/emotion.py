"""The emotion network: aligned chips in, seven probabilities out.

Preprocessing and the calibrated softmax are inside the ONNX graph; the order of the labels and the
geometry of the chip travel with it as metadata. A network without them is refused.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from drivermon.config import RuntimeSettings
from drivermon.emotions import EMOTIONS
from drivermon.errors import FrameError, NetworkError
from drivermon.perception.alignment import ChipGeometry
from drivermon.perception.onnx_session import open_session

KIND = "emotion"

View = Literal["shipped", "original", "votes"]
OUTPUTS: dict[View, str] = {
    "shipped": "probabilities",
    "original": "probabilities_original",
    "votes": "probabilities_votes",
}
"""The network's outputs, each (N, 7): what the daemon reads, and the two views it is mixed from."""

SUM_TOLERANCE = 1e-3


class EmotionNetwork:
    """An open emotion network, warmed up and proven to give probabilities.

    Attributes:
        geometry: of the chips it takes.
        digest: SHA-256 of its file.
        providers: execution providers really in use, the first one runs it.
        view: whose opinion it gives where none is named.

    """

    def __init__(self, path: Path, settings: RuntimeSettings, view: View = "shipped") -> None:
        """Open the network at `path` and run it once.

        Raises:
            NetworkError: missing, empty or corrupt file, not an emotion network, other labels than
                ours, wrong inputs or outputs, or outputs that are no probabilities.
            InstallationError: no usable ONNX Runtime or execution provider.

        """
        opened = open_session(path, settings)
        self.view: View = view
        self._path = path
        self._session = opened.session
        self.digest = opened.digest
        self.providers = opened.providers
        self.geometry = read_geometry(path, opened.metadata)
        self._input = self._check_input()
        self._check_outputs()
        for count in (1, 2):
            for each in OUTPUTS:
                self.probabilities(self._warm_up_chips(count), each)

    def probabilities(self, chips: NDArray[np.uint8], view: View | None = None) -> NDArray[np.float32]:
        """Return float32 (N, 7), rows in the order of `EMOTIONS` that sum to 1.

        Args:
            chips: uint8 (N, S, S, C) as `alignment.align` makes them with `geometry`; N may be 0.
            view: which head's opinion; `None` for the one that the network was opened with.

        Raises:
            FrameError: the chips have another shape or type.
            NetworkError: the network gives something that is no probability.

        """
        size, channels = self.geometry.size_px, self.geometry.channels
        if chips.dtype != np.uint8 or chips.ndim != 4 or chips.shape[1:] != (size, size, channels):
            raise FrameError(
                f"chips are {chips.dtype} {chips.shape}; the emotion network takes uint8 "
                f"(N, {size}, {size}, {channels})"
            )
        if len(chips) == 0:
            return np.empty((0, len(EMOTIONS)), np.float32)
        output = OUTPUTS[view or self.view]
        try:
            (result,) = self._session.run([output], {self._input: chips})
        except Exception as error:  # the runtime has a dozen error classes without a common root
            raise NetworkError(f"{self._path}: the network fails on its own input: {error}") from error
        found = np.asarray(result)
        if found.shape != (len(chips), len(EMOTIONS)):
            raise self._refused(f"its output {output} has shape {found.shape}, not (N, {len(EMOTIONS)})")
        if not np.isfinite(found).all():
            raise self._refused(f"its output {output} is not finite")
        if found.min() < -SUM_TOLERANCE or np.abs(found.sum(1) - 1.0).max() > SUM_TOLERANCE:
            raise self._refused(f"its output {output} is not a row of probabilities that sum to 1")
        return found.astype(np.float32, copy=False)

    def _check_input(self) -> str:
        inputs = self._session.get_inputs()
        size, channels = self.geometry.size_px, self.geometry.channels
        if len(inputs) != 1 or inputs[0].type != "tensor(uint8)":
            found = ", ".join(f"{entry.name} {entry.type}" for entry in inputs)
            raise self._refused(f"it takes {found} and not one tensor of uint8 chips")
        if isinstance(inputs[0].shape[0], int) or list(inputs[0].shape[1:]) != [size, size, channels]:
            raise self._refused(f"its input has shape {inputs[0].shape}, not [N, {size}, {size}, {channels}]")
        return str(inputs[0].name)

    def _check_outputs(self) -> None:
        names = {output.name: list(output.shape) for output in self._session.get_outputs()}
        for name in OUTPUTS.values():
            if name not in names:
                raise self._refused(f"it has no output {name}, only {', '.join(names)}")
            if len(names[name]) != 2 or names[name][1] != len(EMOTIONS):
                raise self._refused(f"its output {name} has shape {names[name]}, not [N, {len(EMOTIONS)}]")

    def _warm_up_chips(self, count: int) -> NDArray[np.uint8]:
        ramp = np.arange(self.geometry.size_px, dtype=np.uint8) * np.uint8(3)
        shape = (count, self.geometry.size_px, self.geometry.size_px, self.geometry.channels)
        return np.ascontiguousarray(np.broadcast_to(ramp[None, None, :, None], shape))

    def _refused(self, why: str) -> NetworkError:
        return _refusal(self._path, why)


def read_geometry(path: Path, metadata: Mapping[str, str]) -> ChipGeometry:
    """Check kind and labels in a network's metadata and return the geometry of its chips.

    Raises:
        NetworkError: a key is missing, unreadable, or not what this version understands.

    """
    if metadata.get("drivermon_kind") != KIND:
        kind = metadata.get("drivermon_kind", "missing")
        raise _refusal(path, f"its metadata drivermon_kind is {kind}, not {KIND}")
    try:
        labels = json.loads(metadata["labels"])
        chip = json.loads(metadata["chip"])
        x, y = chip["left_eye"]
        geometry = ChipGeometry(int(chip["size_px"]), (float(x), float(y)), chip["channels"])
    except KeyError as error:
        raise _refusal(path, f"its metadata has no {error.args[0]}") from None
    except (ValueError, TypeError) as error:
        raise _refusal(path, f"its metadata can't be understood ({error})") from None
    if labels != list(EMOTIONS):
        raise _refusal(path, f"its labels are {labels}, not {list(EMOTIONS)} in this order")
    return geometry


def chip_metadata(geometry: ChipGeometry) -> str:
    """Write a geometry as `read_geometry` reads it."""
    return json.dumps(
        {"size_px": geometry.size_px, "left_eye": list(geometry.left_eye), "channels": geometry.channels}
    )


def _refusal(path: Path, why: str) -> NetworkError:
    return NetworkError(
        f"{path}: not an emotion network for drivermon: {why}; "
        "set emotion.network to `emotion`, or export yours with `python -m training export`"
    )
