"""How every network of ours becomes an ONNX file: its graph, and what the file says of itself."""

import logging
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

OPSET = 18


def write_graph(
    deployed: nn.Module,
    example: Tensor,
    path: Path,
    name: str,
    outputs: Sequence[str],
    shape: Mapping[int, Any],
) -> None:
    """Export a network of one input.

    Args:
        deployed: the network, preprocessing and all.
        example: an input.
        path: of the .onnx file.
        name: of the input.
        outputs: names of the outputs, in their order.
        shape: `torch.export.Dim` of each dimension of the input that is not fixed.

    """
    registration = logging.getLogger("torch.onnx._internal.exporter._registration")
    level = registration.level
    with warnings.catch_warnings():
        # the exporter warns about its own use of deprecated parts of torch, and that torchvision is absent
        warnings.simplefilter("ignore")
        registration.setLevel(logging.ERROR)
        torch.onnx.export(
            deployed,
            (example,),
            str(path),
            input_names=[name],
            output_names=list(outputs),
            dynamic_shapes={name: dict(shape)},
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    registration.setLevel(level)


def read_metadata(path: Path) -> dict[str, str]:
    """Return what a file of ours says of itself."""
    return {entry.key: entry.value for entry in onnx.load(path, load_external_data=False).metadata_props}


def write_metadata(path: Path, entries: Mapping[str, str]) -> None:
    """Put `entries` into the file, take what the exporter left of this machine out of it, and check it."""
    model = onnx.load(path)
    onnx.helper.set_model_props(model, dict(entries))
    for node in model.graph.node:  # the exporter leaves file names of this machine in every node
        del node.metadata_props[:]
        node.doc_string = ""
    model.doc_string = ""
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
