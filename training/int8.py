"""Static INT8 of an exported network: 8-bit activations, 7-bit weights, ranges measured on real pictures.

Weights have 7 bits because processors without VNNI add products of 8 bits in 16, which overflow: so the
same file says the same everywhere.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from training.files import PART
from training.onnx_file import read_metadata

BATCH = 32
BETWEEN = ("Relu", "Add", "AveragePool", "MaxPool")
"""What is done in 8 bits beside convolutions."""


class _Pictures(CalibrationDataReader):
    """Hands pictures to the calibration, batch by batch."""

    def __init__(self, name: str, pictures: NDArray[np.uint8]) -> None:
        starts = range(0, len(pictures), BATCH)
        self._batches = iter({name: pictures[start : start + BATCH]} for start in starts)

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        """Return the next batch, `None` after the last."""
        return next(self._batches, None)


def layers_between(model: Any, first: int, last: int) -> list[str]:
    """Return the names of the nodes from one convolution to another that can be done in 8 bits.

    Args:
        model: the ONNX model.
        first: row of the first convolution among the nodes.
        last: of the last one; its shortcut's sum and its activation come after it and belong to it.

    """
    nodes = model.graph.node
    while last + 1 < len(nodes) and nodes[last + 1].op_type in BETWEEN:
        last += 1
    return [node.name for node in nodes[first : last + 1] if node.op_type in ("Conv", *BETWEEN)]


def write_int8(
    source: Path, pictures: NDArray[np.uint8], part: Path, chosen: Callable[[Any], list[str]]
) -> None:
    """Write the INT8 network of `source` to `part`, with the metadata of the source.

    Args:
        source: an exported network of one input.
        pictures: as the network takes them, from which the ranges of activations are measured.
        part: of the file.
        chosen: from the ONNX model to the names of the nodes that are done in 8 bits.

    """
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
            _Pictures(model.graph.input[0].name, pictures),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,  # of signed ones the runtime does only every other in 8 bits
            reduce_range=True,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_quantize=chosen(model),
        )
    finally:
        logger.setLevel(level)
        prepared.unlink(missing_ok=True)
    quantised = onnx.load(part)
    entries = read_metadata(source)
    entries["created"] += f"; then INT8, ranges from {len(pictures)} pictures"
    onnx.helper.set_model_props(quantised, entries)
    onnx.checker.check_model(quantised, full_check=True)
    onnx.save(quantised, part)
