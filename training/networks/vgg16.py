"""VGG-16 (Simonyan & Zisserman 2014), with torchvision's names of layers.

134,289,223 parameters with seven outputs, as published.
"""

from typing import cast

from torch import Tensor, nn

from training.networks.base import ClassicNetwork, linear_head

STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
"""Channels and convolutions of each stage; a stage ends by halving the side."""
FROZEN = 28
"""Layers of `features` before the last convolution."""


class Vgg16(ClassicNetwork):
    """Thirteen 3x3 convolutions and three fully connected layers."""

    head = "classifier.6"
    trainable = ("features.28", "classifier")
    width = 4096

    def __init__(self) -> None:
        """Make the layers; without normalisation they only learn from scratch with He's start."""
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for outputs, count in STAGES:
            for _ in range(count):
                layers += [nn.Conv2d(inputs, outputs, 3, 1, 1), nn.ReLU()]
                inputs = outputs
            layers.append(nn.MaxPool2d(2))
        for layer in layers:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(layer.bias)
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Dropout(),
            linear_head(4096),
        )

    def trunk(self, chips: Tensor) -> Tensor:
        """Return (N, 512, 14, 14): twelve convolutions."""
        return cast("Tensor", self.features[:FROZEN](self.normalised(chips)))

    def describe(self, seen: Tensor) -> Tensor:
        """Return (N, 4096)."""
        return cast("Tensor", self.classifier[:-1](self.features[FROZEN:](seen).flatten(1)))
