"""Static INT8 of an exported network: 8-bit weights and activations, ranges measured on real chips.

Only the backbone is quantised. Normalisation of the chip, heads and calibrated softmax stay in single
precision: they cost nothing, and probabilities of 8 bits would be coarse.
"""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from drivermon.config import RuntimeSettings
from drivermon.errors import NetworkError
from drivermon.perception.emotion import EmotionNetwork
from training.chips import ChipSet
from training.files import PART, written_whole
from training.judging import accuracies, chips_for

BATCH = 32
MOST_LOST = 0.01
"""Of accuracy; a network that loses more is not written."""
QUANTISED = ("Conv", "Relu", "Add", "AveragePool", "MaxPool")


class _Chips(CalibrationDataReader):
    """Hands chips to the calibration, batch by batch."""

    def __init__(self, name: str, chips: NDArray[np.uint8]) -> None:
        self._batches = iter({name: chips[start : start + BATCH]} for start in range(0, len(chips), BATCH))

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        """Return the next batch, `None` after the last."""
        return next(self._batches, None)


def quantize(source: Path, shown: ChipSet, judged: ChipSet, out: Path) -> dict[str, float]:
    """Write the INT8 network of `source` to `out` and return what it costs.

    Args:
        source: an exported network.
        shown: chips of the training part, from which the ranges of activations are measured.
        judged: chips of neither the training nor the reporting part, on which the cost is measured.
        out: of the network; written only if nothing costs more than `MOST_LOST`.

    Returns:
        Accuracy lost (of 1; negative where it gained) by the shipped mix and by each head, by output and
        label view.

    Raises:
        NetworkError: the source is no emotion network, or INT8 costs too much.
        OutputError: the file can't be written.

    """
    network = EmotionNetwork(source, RuntimeSettings())
    before = accuracies(network, judged)
    with written_whole(out) as part:
        _write(source, chips_for(network.geometry, shown.chips), part)
        after = accuracies(EmotionNetwork(part, RuntimeSettings()), judged)
        lost = {view: before[view] - after[view] for view in before}
        worst = max(lost, key=lambda view: lost[view])
        if lost[worst] > MOST_LOST:
            raise NetworkError(
                f"{out}: not written: INT8 costs {100 * lost[worst]:.1f} points of accuracy ({worst}), more "
                f"than {100 * MOST_LOST:.0f}; give more calibration chips, or keep {source.name}"
            )
    return lost


def _write(source: Path, chips: NDArray[np.uint8], part: Path) -> None:
    prepared = part.with_name(f"{part.name.removesuffix(PART)}.prepared{PART}")
    logger = logging.getLogger()
    level = logger.level
    try:
        logger.setLevel(logging.ERROR)  # it recommends, for each call, the pre-processing that was just done
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        model = onnx.load(prepared)
        quantize_static(
            str(prepared),
            str(part),
            _Chips(model.graph.input[0].name, chips),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_quantize=backbone(model),
        )
    finally:
        logger.setLevel(level)
        prepared.unlink(missing_ok=True)
    quantised = onnx.load(part)
    entries = {entry.key: entry.value for entry in onnx.load(source).metadata_props}
    entries["created"] += f"; then INT8 with {len(chips)} calibration chips"
    onnx.helper.set_model_props(quantised, entries)
    onnx.checker.check_model(quantised, full_check=True)
    onnx.save(quantised, part)


def backbone(model: Any) -> list[str]:
    """Return the names of the nodes from the first to the last convolution, and what belongs to them."""
    kinds = [node.op_type for node in model.graph.node]
    first = kinds.index("Conv")
    last = len(kinds) - 1 - kinds[::-1].index("Conv")
    # the shortcut's sum and its activation come after the last convolution
    while last + 1 < len(kinds) and kinds[last + 1] in QUANTISED:
        last += 1
    return [node.name for node in model.graph.node[first : last + 1] if node.op_type in QUANTISED]
