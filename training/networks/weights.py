"""From a file of weights into a network, or a clear word why not."""

import pickle
from pathlib import Path

import torch
from torch import Tensor

from drivermon.errors import SourceError
from training.networks.base import Network
from training.networks.compact import SEEN

OPTIONAL = ("num_batches_tracked", SEEN)
"""Older files lack them: what nothing here reads, and the size that chips are seen at if it is the usual."""


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read a state dict: a `best.pt` of a run, or a public one.

    Raises:
        SourceError: there is no such file, or it holds something else.

    """
    if not path.is_file():
        raise SourceError(f"{path} is missing: train first with `python -m training train`")
    try:
        weights = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, pickle.UnpicklingError, EOFError) as error:
        raise SourceError(f"{path} holds no weights that can be read ({error})") from error
    if not (isinstance(weights, dict) and all(isinstance(value, Tensor) for value in weights.values())):
        raise SourceError(f"{path} holds no weights: wanted one tensor a layer's name, a state dict")
    return weights


def load_weights_into(network: Network, weights: dict[str, Tensor], source: str) -> str:
    """Take over all layers, and start the last one anew if it is missing or was made for another task.

    Returns:
        What was done, in one line.

    Raises:
        SourceError: another layer is missing, unknown or of another size; names it.

    """
    head = tuple(f"{network.head}.{part}" for part in ("weight", "bias"))
    own = network.state_dict()
    missing = [key for key in own if key not in weights and not key.endswith(OPTIONAL) and key not in head]
    unknown = [key for key in weights if key not in own]
    others = [
        key for key in own if key in weights and key not in head and own[key].shape != weights[key].shape
    ]
    if wrong := (missing + unknown + others):
        kind = type(network).__name__
        raise SourceError(
            f"{source} is no checkpoint of {kind}: it has other layers, {len(missing)} missing, "
            f"{len(unknown)} unknown, {len(others)} of another size; the first is {wrong[0]}"
        )
    if all(key in weights and own[key].shape == weights[key].shape for key in head):
        network.load_state_dict(weights, strict=False)
        return f"{source}: all layers taken over"
    network.load_state_dict({key: value for key, value in weights.items() if key not in head}, strict=False)
    network.renew_head()
    had = len(weights[head[0]]) if head[0] in weights else "no"
    return f"{source}: all layers taken over but the last: {network.head} had {had} outputs and starts anew"
