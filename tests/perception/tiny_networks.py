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
    slopes: tuple[float, ...] = (0.02, 0.02, 0.02),
    offset: float = 0.0,
) -> Path:
    """Write a network that gives more of the last class the brighter a chip is, by a slope each output."""
    constants = [
        numpy_helper.from_array(np.array([1, 2, 3], np.int64), "axes"),
        numpy_helper.from_array(np.array([1], np.int64), "last"),
        *(
            numpy_helper.from_array(np.linspace(0.0, slope, classes, dtype=np.float32)[None], f"slope_{name}")
            for name, slope in zip(outputs, slopes, strict=False)
        ),
        numpy_helper.from_array(np.array(offset, np.float32), "offset"),
    ]
    nodes = [
        helper.make_node("Cast", ["chips"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["pixels", "axes"], ["mean"], keepdims=0),
        helper.make_node("Unsqueeze", ["mean", "last"], ["column"]),
    ]
    for name in outputs:
        nodes += [
            helper.make_node("Mul", ["column", f"slope_{name}"], [f"scores_{name}"]),
            helper.make_node(final, [f"scores_{name}"], [f"share_{name}"]),
            helper.make_node("Add", [f"share_{name}", "offset"], [name]),
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
