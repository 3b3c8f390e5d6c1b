"""Tiny ONNX networks for tests, right ones and wrong ones."""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from drivermon.emotions import EMOTIONS

OUTPUTS = ("probabilities", "probabilities_original", "probabilities_votes")
METADATA = {
    "drivermon_kind": "emotion",
    "labels": json.dumps(EMOTIONS),
    "chip": json.dumps({"size_px": 16, "left_eye": [0.31, 0.37], "channels": 1}),
}


def write_network(
    path: Path,
    *,
    classes: int = 7,
    input_type: int = TensorProto.UINT8,
    input_shape: tuple[int | str, ...] = ("N", 16, 16, 1),
    outputs: tuple[str, ...] = OUTPUTS,
    metadata: dict[str, str] | None = None,
    final: str = "Softmax",
    offset: float = 0.0,
) -> Path:
    """Write a network that gives more of the last class the brighter a chip is."""
    slope = np.linspace(0.0, 0.02, classes, dtype=np.float32)[None]
    constants = [
        numpy_helper.from_array(np.array([1, 2, 3], np.int64), "axes"),
        numpy_helper.from_array(np.array([1], np.int64), "last"),
        numpy_helper.from_array(slope, "slope"),
        numpy_helper.from_array(np.array(offset, np.float32), "offset"),
    ]
    nodes = [
        helper.make_node("Cast", ["chips"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["pixels", "axes"], ["mean"], keepdims=0),
        helper.make_node("Unsqueeze", ["mean", "last"], ["column"]),
        helper.make_node("Mul", ["column", "slope"], ["scores"]),
        helper.make_node(final, ["scores"], ["share"]),
        *(helper.make_node("Add", ["share", "offset"], [name]) for name in outputs),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("chips", input_type, input_shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ("N", classes)) for name in outputs],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    helper.set_model_props(model, METADATA if metadata is None else metadata)
    onnx.save(model, path)
    return path
