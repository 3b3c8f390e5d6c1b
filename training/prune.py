"""Structured pruning: whole channels are taken out, so that the file is smaller and the network faster.

Single weights set to 0 would change neither. Which channels go together is found in the network's graph
(DepGraph, Fang et al. 2023); those whose weights are smallest go. What it costs, retraining brings back.
"""

import copy

import torch
import torch_pruning

from drivermon.errors import ConfigError, NetworkError
from training.networks import Network, load_weights_into

ROUND_TO = 8
"""Channels stay a multiple of this: vector units are filled."""


def prune(network: Network, ratio: float) -> Network:
    """Return a narrower network with the strongest channels of this one; this one stays as it is.

    Args:
        network: with trained weights.
        ratio: share of each layer's channels that go, over 0 and under 1; rounded so that a multiple of
            `ROUND_TO` stays.

    Raises:
        ConfigError: the ratio is out of range.
        NetworkError: networks of this kind have one width only, or no channel would go.

    """
    if not 0.0 < ratio < 1.0:
        raise ConfigError(f"--ratio is {ratio}; give a share of the channels over 0 and under 1")
    pruned = copy.deepcopy(network).eval().requires_grad_(True)
    geometry = network.geometry
    pruner = torch_pruning.pruner.BasePruner(
        pruned,
        torch.zeros(1, geometry.channels, geometry.size_px, geometry.size_px),
        importance=torch_pruning.importance.GroupMagnitudeImportance(p=2),
        pruning_ratio=ratio,
        ignored_layers=[pruned.get_submodule(network.head)],
        round_to=ROUND_TO,
    )
    pruner.step()
    weights = pruned.state_dict()
    rebuilt = type(network).like(weights)
    shapes = {name: value.shape for name, value in rebuilt.state_dict().items()}
    if shapes != {name: value.shape for name, value in weights.items()}:
        raise NetworkError(
            f"a {type(network).__name__} can't be rebuilt with fewer channels: prune the compact one"
        )
    if parameters(rebuilt) == parameters(network):
        raise NetworkError(f"no channel goes at a ratio of {ratio}: layers keep a multiple of {ROUND_TO}")
    load_weights_into(rebuilt, weights, "the pruned network")
    rebuilt.eval()
    return rebuilt


def parameters(network: Network) -> int:
    """Return how many numbers a network has to learn."""
    return sum(weight.numel() for weight in network.parameters())
