"""Tiny ONNX face networks for tests: what they say depends on the brightness of the picture at most."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Constants = dict[str, NDArray[Any]]


def followed(
    *, pose: tuple[float, float, float] = (0.0, 0.0, 0.0), present: float = 0.9, size: int = 112
) -> Constants:
    """What a follower says: points in a square in the middle of the crop, right eye shut and hidden."""
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]) - 0.5
    points = np.resize(corners, (68, 2)) * size / 1.35 + (size - 1) / 2
    return {
        "points": points[None].astype(np.float32),
        "aperture": np.array([[0.0, 0.3]], np.float32),
        "visible": np.array([[0.1, 0.9]], np.float32),
        "mouth": np.array([0.2], np.float32),
        "pose": np.array([pose], np.float32),
        "present": np.array([present], np.float32),
    }


def write_follower(
    path: Path,
    said: Constants | None = None,
    *,
    kind: str = "face_follower",
    geometry: str = '{"size_px": 112, "margin": 1.35}',
) -> Path:
    """Write a follower that says the same of every crop."""
    said = followed() if said is None else said
    return _write(path, said, [], [None, 112, 112, 1], kind, geometry)


def write_detector(path: Path, *, kind: str = "face_detector", side_px: int = 160) -> Path:
    """Write a detector that finds a bright cell: its score is the mean gray over 255, its box is 4 cells."""
    nodes = [
        helper.make_node("Cast", ["image"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["pixels"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["planes"], ["means"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Squeeze", ["means", "one"], ["cells"]),
        helper.make_node("Div", ["cells", "white"], ["scores"]),
        # boxes: x, y, 32, 32, with x and y found by counting cells
        helper.make_node("Mul", ["cells", "zero"], ["blank"]),
        helper.make_node("Add", ["blank", "unit"], ["ones"]),
        helper.make_node("CumSum", ["ones", "axis2"], ["column"]),
        helper.make_node("CumSum", ["ones", "axis1"], ["row"]),
        helper.make_node("Mul", ["column", "stride"], ["right"]),
        helper.make_node("Mul", ["row", "stride"], ["bottom"]),
        helper.make_node("Sub", ["right", "reach"], ["x"]),
        helper.make_node("Sub", ["bottom", "reach"], ["y"]),
        helper.make_node("Mul", ["ones", "size"], ["width"]),
        helper.make_node("Unsqueeze", ["x", "axis3"], ["x1"]),
        helper.make_node("Unsqueeze", ["y", "axis3"], ["y1"]),
        helper.make_node("Unsqueeze", ["width", "axis3"], ["w1"]),
        helper.make_node("Concat", ["x1", "y1", "w1", "w1"], ["boxes"], axis=3),
    ]
    constants: Constants = {
        "one": np.array([1], np.int64),
        "white": np.array(255, np.float32),
        "zero": np.array(0, np.float32),
        "unit": np.array(1, np.float32),
        "axis1": np.array(1, np.int64),
        "axis2": np.array(2, np.int64),
        "axis3": np.array([3], np.int64),
        "stride": np.array(8, np.float32),
        "reach": np.array(20, np.float32),  # half a box and half a cell
        "size": np.array(32, np.float32),
    }
    outputs = [
        helper.make_tensor_value_info("scores", TensorProto.FLOAT, ("N", None, None)),
        helper.make_tensor_value_info("boxes", TensorProto.FLOAT, ("N", None, None, 4)),
    ]
    geometry = json.dumps({"side_px": side_px, "multiple_px": 32})
    return _save(path, nodes, ["N", None, None, 1], outputs, constants, kind, geometry)


def _write(
    path: Path,
    said: Constants,
    nodes: list[onnx.NodeProto],
    shape: list[int | str | None],
    kind: str,
    geometry: str,
) -> Path:
    """Write a network whose outputs are constants, tied to its input so that the runtime keeps that."""
    nodes += [
        helper.make_node("Cast", ["image"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["pixels"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
    ]
    constants = {f"said_{name}": value for name, value in said.items()} | {"zero": np.array(0, np.float32)}
    nodes += [helper.make_node("Add", [f"said_{name}", "nothing"], [name]) for name in said]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, (None, *value.shape[1:]))
        for name, value in said.items()
    ]
    return _save(path, nodes, shape, outputs, constants, kind, geometry)


def _save(
    path: Path,
    nodes: list[onnx.NodeProto],
    shape: list[int | str | None],
    outputs: list[onnx.ValueInfoProto],
    constants: Constants,
    kind: str,
    geometry: str,
) -> Path:
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, shape)],
        outputs,
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    helper.set_model_props(model, {"drivermon_kind": kind, "geometry": geometry})
    onnx.save(model, path)
    return path
