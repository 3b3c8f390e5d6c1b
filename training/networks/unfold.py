"""From an exported file back to a network that can go on learning.

Export folds each normalisation into the convolution before it. Here it gets a place of its own again: it
begins with the statistics of pictures that are shown, and the network with the function that was exported.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import onnx
import torch
from google.protobuf.message import DecodeError
from torch import Tensor, nn

from drivermon.errors import SourceError
from training.networks.normalise import belongs, normalise, set_affine

EXPORTED = ".onnx"
PREFIX = "network."
"""Name of the network in what is exported."""

Weights = dict[str, tuple[Tensor, Tensor]]
"""Weight and bias of each layer."""


def read_exported(path: Path) -> Weights:
    """Return weight and bias of every layer of an exported network, by the layer's name.

    Raises:
        SourceError: the file is missing or holds no network.

    """
    nodes, stored = _graph(path)
    layers: Weights = {}
    for node in nodes:
        if node.op_type in ("Conv", "Gemm") and node.input[1].startswith(PREFIX):
            weight, *given = (
                torch.from_numpy(onnx.numpy_helper.to_array(stored[name]).copy()) for name in node.input[1:]
            )
            bias = given[0] if given else torch.zeros(len(weight))  # a bias of nothing is left out
            name = node.input[1].removeprefix(PREFIX).removesuffix(".weight")
            layers[name] = weight, bias
    return layers


def enlarged_by(path: Path) -> float:
    """Return how much larger an exported network makes chips before it sees them, 1 if it does not.

    Raises:
        SourceError: the file is missing or holds no network.

    """
    nodes, stored = _graph(path)
    scales = [stored[node.input[2]] for node in nodes if node.op_type == "Resize"]
    return float(onnx.numpy_helper.to_array(scales[0])[-1]) if scales else 1.0


def _graph(path: Path) -> tuple[list[onnx.NodeProto], dict[str, onnx.TensorProto]]:
    """Return the nodes and, by name, the stored numbers."""
    try:
        graph = onnx.load(path).graph
    except (OSError, DecodeError) as error:
        raise SourceError(f"{path} can't be read as an ONNX network ({error})") from error
    return list(graph.node), {one.name: one for one in graph.initializer}


@torch.no_grad()
def unfold(
    network: nn.Module, layers: Weights, source: str, look: Callable[[], object], anew: str | None = None
) -> None:
    """Give a network the weights that it was exported with.

    Args:
        network: is left in judging mode.
        layers: from `read_exported`.
        source: of the weights, for the error.
        look: calls the network once, on some hundred pictures that it is to learn from.
        anew: name of a part that is left as it is.

    Raises:
        SourceError: they are of another network; names the first layer that does not fit.

    """
    for name, layer, norm in _layers(network):
        if belongs(name, anew):
            continue
        if name not in layers or layers[name][0].shape != layer.weight.shape:
            raise SourceError(f"{source} is no export of {type(network).__name__}: {name} does not fit")
        weight, bias = layers[name]
        layer.weight.copy_(weight)
        if norm is None:
            layer.bias.copy_(bias)
        else:
            set_affine(norm, torch.ones_like(bias), bias)
    normalise(network, look, anew)


def _layers(network: nn.Module) -> Iterator[tuple[str, nn.Conv2d | nn.Linear, nn.BatchNorm2d | None]]:
    """Yield every layer that has weights, with its name and the normalisation that follows it."""
    found = [
        (name, layer)
        for name, layer in network.named_modules()
        if isinstance(layer, nn.Conv2d | nn.Linear | nn.BatchNorm2d)
    ]
    for (name, layer), (_, after) in zip(found, [*found[1:], ("", None)], strict=True):
        if not isinstance(layer, nn.BatchNorm2d):
            yield name, layer, after if isinstance(after, nn.BatchNorm2d) else None
