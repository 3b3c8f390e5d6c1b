"""The networks that can be trained: the compact default, its teacher, and the three of the published method.

network = build("alexnet")        # new weights
network = load(Path("best.pt"))   # whichever it is, ready to judge
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from drivermon.errors import ConfigError, SourceError
from training.networks.alexnet import AlexNet
from training.networks.base import HEADS, Network
from training.networks.compact import EmotionNet, LargeEmotionNet
from training.networks.resnet101 import ResNet101
from training.networks.vgg16 import Vgg16
from training.networks.weights import OPTIONAL, load_weights_into, read_weights
from training.recipe import Recipe, published

__all__ = [
    "HEADS",
    "NETWORKS",
    "Entry",
    "Network",
    "build",
    "load",
    "load_weights_into",
    "read_weights",
    "recipe_of",
]


@dataclass(frozen=True, slots=True)
class Entry:
    """How a network is made and trained."""

    make: type[Network]
    recipe: Recipe


NETWORKS = {
    "compact": Entry(EmotionNet, Recipe()),
    "large": Entry(LargeEmotionNet, Recipe(network="large")),
    "alexnet": Entry(AlexNet, published("alexnet", batch=60, face_rate=2e-4)),
    "vgg16": Entry(Vgg16, published("vgg16", batch=40, face_rate=1e-4)),
    "resnet101": Entry(ResNet101, published("resnet101", batch=20, face_rate=5e-4)),
}


def build(name: str, weights: Mapping[str, Tensor] | None = None) -> Network:
    """Return a network with new weights, as wide as the given ones are.

    Raises:
        ConfigError: there is none of that name.

    """
    make = _entry(name).make
    return make() if weights is None else make.like(weights)


def recipe_of(name: str) -> Recipe:
    """Return the recipe of a network: the published one, or the compact network's own.

    Raises:
        ConfigError: there is none of that name.

    """
    return _entry(name).recipe


def load(path: Path) -> Network:
    """Return the network whose weights stand in a file, told by its layers' names, ready to judge.

    Raises:
        SourceError: there is no such file, or it is of no network here.

    """
    weights = read_weights(path)
    for name in NETWORKS:
        with torch.device("meta"):
            names = build(name).state_dict().keys()
        if all(key.endswith(OPTIONAL) for key in weights.keys() ^ names):
            network = build(name, weights)
            load_weights_into(network, weights, str(path))
            network.eval()
            return network
    raise SourceError(f"{path} is no checkpoint of {', '.join(NETWORKS)}: it has other layers")


def _entry(name: str) -> Entry:
    if name not in NETWORKS:
        raise ConfigError(f"there is no network {name!r}; there are {', '.join(NETWORKS)}")
    return NETWORKS[name]
