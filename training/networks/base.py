"""What all networks have in common, whatever their layers."""

from collections.abc import Mapping
from typing import ClassVar, Self, cast

import torch
from torch import Tensor, nn

from drivermon.emotions import EMOTIONS
from drivermon.perception.alignment import ChipGeometry

HEADS = ("original", "votes")
"""The two views of a label that are learned: FER2013's own, and the ten votes of FER+."""
NEW_STD = 0.01
"""New layers start as N(0, 0.01), biases at 0: the published recipe."""
MEAN = (123.675, 116.28, 103.53)
STD = (58.395, 57.12, 57.375)
"""Red, green, blue of ImageNet, 0 to 255, as torchvision's public weights were trained with."""


class Network(nn.Module):
    """Chips, float32 (N, C, S, S) of 0 to 255, to logits (N, 2, 7): view of the label, then class.

    Three parts in a row: `trunk` holds the layers that stay frozen when weights are given, `describe`
    the other layers up to the last, `classify` the last one.

    Attributes:
        geometry: of the chips it wants; three channels are blue, green, red, as OpenCV has them.
        head: name of the last layer, the only one whose outputs depend on the task.
        trainable: prefixes of the layers that are trained when weights are given; empty for all.
        width: numbers that the head sees.

    """

    geometry: ClassVar[ChipGeometry]
    head: ClassVar[str]
    trainable: ClassVar[tuple[str, ...]] = ()
    width: int

    @classmethod
    def like(cls, weights: Mapping[str, Tensor]) -> Self:  # noqa: ARG003 # some networks have one shape only
        """Return a new network of the widths that weights have, where a network can have others."""
        return cls()

    def trunk(self, chips: Tensor) -> Tensor:
        """Return what the frozen layers make of chips."""
        raise NotImplementedError

    def describe(self, seen: Tensor) -> Tensor:
        """Return (N, width) from what `trunk` gave."""
        raise NotImplementedError

    def classify(self, described: Tensor) -> Tensor:
        """Return logits (N, 2, 7) from (N, width): one layer's seven outputs stand for both views."""
        logits = self.get_submodule(self.head)(described)
        return cast("Tensor", logits[:, None].expand(-1, len(HEADS), -1))

    def forward(self, chips: Tensor) -> Tensor:
        """Return logits (N, 2, 7)."""
        return self.classify(self.describe(self.trunk(chips)))

    def freeze(self) -> Self:
        """Leave only the layers in `trainable` to be trained, all if it is empty."""
        for name, weight in self.named_parameters():
            weight.requires_grad_(not self.trainable or name.startswith(self.trainable))
        return self

    def early(self) -> list[nn.Module]:
        """Return the layers that keep weights learned on faces for a while: what they see serves any task."""
        return []

    def renew_head(self) -> None:
        """Start the last layer anew."""
        layer = self.get_submodule(self.head)
        nn.init.normal_(layer.weight, 0.0, NEW_STD)
        nn.init.zeros_(layer.bias)


class ClassicNetwork(Network):
    """One of the published method's networks: 224 px, three channels, seven outputs.

    Of the two means that the method allows, the one per channel is subtracted, and the spread of each
    channel divided out: public weights of these networks expect just that.
    """

    geometry = ChipGeometry(224, (0.31, 0.37), 3)

    def __init__(self) -> None:
        """Keep mean and spread beside the layers, but out of the state dict."""
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1), persistent=False)

    def normalised(self, chips: Tensor) -> Tensor:
        """Return chips, gray or BGR, as RGB without mean and spread."""
        colour = chips.expand(-1, 3, -1, -1)[:, [2, 1, 0]]
        return cast("Tensor", (colour - self.mean) / self.std)


def linear_head(inputs: int) -> nn.Linear:
    """Return a last layer of seven outputs."""
    return nn.Linear(inputs, len(EMOTIONS))
