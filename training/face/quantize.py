"""Static INT8 of an exported follower.

The layers whose sums describe the face as a whole stay in single precision: in 8 bits they alone would move
points and pose three times as far as all others together.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivermon.config import RuntimeSettings
from drivermon.errors import NetworkError
from drivermon.perception.face_network import FaceNetwork, open_face_network
from drivermon.perception.follower import KIND, OUTPUTS
from training.files import written_whole
from training.int8 import layers_between, write_int8
from training.networks.unfold import PREFIX

FIRST, LAST = "stem.2.", "middle."
"""From these layers to those the crop network is done in 8 bits; the very first sees one channel."""
EYE_FIRST, EYE_LAST = "eye.layers.2.", "eye.layers.6."

MOST_MOVED = {"points": 0.5, "aperture": 0.01, "visible": 0.02, "mouth": 0.02, "pose": 0.5, "present": 0.01}
"""What INT8 may change on average: pixels of the crop, ratios, scores, degrees."""


def quantize(
    source: Path, shown: NDArray[np.uint8], judged: NDArray[np.uint8], out: Path
) -> dict[str, float]:
    """Write the INT8 network of `source` to `out` and return by how much it differs.

    Args:
        source: an exported follower.
        shown: uint8 crops (N, 224, 224, 1) to learn from, from which the ranges of activations are measured.
        judged: likewise, of other people.
        out: of the network; written only if nothing moves by more than `MOST_MOVED`.

    Returns:
        Mean absolute difference of each output on `judged`.

    Raises:
        NetworkError: the source is no follower, or INT8 moves something too far.
        OutputError: the file can't be written.

    """
    before = _said(open_face_network(source, RuntimeSettings(), KIND, OUTPUTS), judged)
    with written_whole(out) as part:
        write_int8(source, shown, part, early_layers)
        after = _said(open_face_network(part, RuntimeSettings(), KIND, OUTPUTS), judged)
        moved = {name: float(np.abs(after[name] - before[name]).mean()) for name in OUTPUTS}
        for name, most in MOST_MOVED.items():
            if not moved[name] <= most:
                raise NetworkError(
                    f"{out}: not written: INT8 moves {name} by {moved[name]:.2g} on average, more than "
                    f"{most:g}; give more calibration crops, or keep {source.name}"
                )
    return moved


def early_layers(model: Any) -> list[str]:
    """Return the names of the nodes of the crop network's earlier layers, and of the eyes' own."""
    rows = {
        node.input[1].removeprefix(PREFIX): row
        for row, node in enumerate(model.graph.node)
        if node.op_type == "Conv"
    }
    names: list[str] = []
    for first, last in ((FIRST, LAST), (EYE_FIRST, EYE_LAST)):
        begin = min(row for layer, row in rows.items() if layer.startswith(first))
        end = max(row for layer, row in rows.items() if layer.startswith(last))
        names += layers_between(model, begin, end)
    return names


def _said(network: FaceNetwork, crops: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    results = [network.run(crops[row : row + 1]) for row in range(len(crops))]
    return {name: np.concatenate(values) for name, *values in zip(OUTPUTS, *results, strict=True)}
