"""AlexNet in one column (Krizhevsky 2014), with torchvision's names of layers.

57,032,519 parameters with seven outputs. The published 56,896,903 are those of the two-column network of
2012: 96, 256, 384, 384, 256 channels, the second, fourth and fifth convolution in two groups.
"""

from typing import cast

from torch import Tensor, nn

from training.networks.base import ClassicNetwork, linear_head

FROZEN = 10
"""Layers of `features` before the last convolution."""


class AlexNet(ClassicNetwork):
    """Five convolutions and three fully connected layers."""

    head = "classifier.6"
    trainable = ("features.10", "classifier")
    width = 4096

    def __init__(self) -> None:
        """Make the layers."""
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 11, 4, 2),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(64, 192, 5, 1, 2),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(192, 384, 3, 1, 1),
            nn.ReLU(),
            nn.Conv2d(384, 256, 3, 1, 1),
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, 1, 1),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
        )
        self.classifier = nn.Sequential(
            nn.Dropout(),
            nn.Linear(256 * 6 * 6, 4096),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            linear_head(4096),
        )

    def trunk(self, chips: Tensor) -> Tensor:
        """Return (N, 256, 13, 13): four convolutions."""
        return cast("Tensor", self.features[:FROZEN](self.normalised(chips)))

    def describe(self, seen: Tensor) -> Tensor:
        """Return (N, 4096)."""
        return cast("Tensor", self.classifier[:-1](self.features[FROZEN:](seen).flatten(1)))
