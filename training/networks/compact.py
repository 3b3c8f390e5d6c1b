"""The compact emotion network: the first eleven blocks of dlib's face recognition network, and two heads.

Built like that network (King 2017), so that it can start from weights learned on faces; narrower in its
last stage, so that it stays under two million numbers. The large one, for teaching it, is deeper. Dense
convolutions train several times faster on a CPU than depthwise ones.
"""

from collections.abc import Mapping
from typing import ClassVar, Self, cast

import torch
from torch import Tensor, nn

from drivermon.emotions import EMOTIONS
from drivermon.perception.alignment import DEFAULT_GEOMETRY
from training.networks.base import HEADS, Network

SEEN = "_extra_state"
"""How much larger chips are seen, in a state dict."""
STEM = 4
"""Layers before the first block."""
EARLY_STAGES = 2
"""Stages that see edges and parts, not yet who it is."""
DROPOUT = 0.1
MIN_STD = 4.0
"""Gray levels; a chip of less contrast than this is noise and is not stretched further."""


class Block(nn.Module):
    """Two 3x3 convolutions and a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        """Make a block that divides the side by `stride`."""
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1 if stride == 1 else 0, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            pool = nn.AvgPool2d(2) if stride == 2 else nn.Identity()
            self.shortcut = nn.Sequential(
                pool, nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
            )
        nn.init.zeros_(self.norm2.weight)  # starts as the shortcut alone: trains faster

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, S, S) to (N, outputs, S / stride, S / stride)."""
        y = self.norm2(self.conv2(torch.relu(self.norm1(self.conv1(x)))))
        kept = self.shortcut(x)
        # where it halves, the recogniser does not pad what it sees but what it found
        lower, right = (kept.shape[axis] - y.shape[axis] for axis in (2, 3))
        if lower or right:  # exported, to pad by nothing would part convolutions that the runtime joins
            y = nn.functional.pad(y, (0, right, 0, lower))
        return torch.relu(y + kept)


class EmotionNet(Network):
    """Gray chips of any size; one layer holds both heads.

    Attributes:
        enlarged: chips are seen so much larger than they are, by default at 104 px: the recogniser learned
            on faces of 150 px. Part of the state dict.

    """

    geometry = DEFAULT_GEOMETRY
    head = "heads"
    usual_widths: ClassVar[tuple[int, ...]] = (32, 64, 128, 224)
    usual_blocks: ClassVar[tuple[int, ...]] = (3, 4, 3, 1)
    enlarged: float = 1.625

    def __init__(self, widths: tuple[int, ...] = (), blocks: tuple[int, ...] = ()) -> None:
        """Make a network of the given channels and number of blocks per stage, or of the usual ones."""
        super().__init__()
        widths, blocks = widths or self.usual_widths, blocks or self.usual_blocks
        layers: list[nn.Module] = [
            nn.Conv2d(1, widths[0], 7, 2, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.MaxPool2d(3, 2),
            nn.ReLU(),  # the same after the maximum as before it, of a quarter of the pixels
        ]
        inputs = widths[0]
        for stage, (outputs, count) in enumerate(zip(widths, blocks, strict=True)):
            for index in range(count):
                layers.append(Block(inputs, outputs, 2 if index == 0 and stage > 0 else 1))
                inputs = outputs
        self.backbone = nn.Sequential(*layers)
        self._early = STEM + sum(blocks[:EARLY_STAGES])
        self.dropout = nn.Dropout(DROPOUT)
        self.width = inputs
        self.heads = nn.Linear(inputs, len(HEADS) * len(EMOTIONS))

    @classmethod
    def like(cls, weights: Mapping[str, Tensor]) -> Self:
        """Return a new network of the widths that weights have: a pruned one is narrower."""
        ends = [sum(cls.usual_blocks[:stage]) for stage in range(1, len(cls.usual_blocks) + 1)]
        names = [f"backbone.{STEM + end - 1}.conv2.weight" for end in ends]
        return cls(tuple(len(weights[name]) for name in names)) if set(names) <= set(weights) else cls()

    def get_extra_state(self) -> Tensor:
        """Return how much larger chips are seen: weights are worth little at another size."""
        return torch.tensor(self.enlarged)

    def set_extra_state(self, state: Tensor) -> None:
        """See chips at the size that weights were learned at."""
        self.enlarged = float(state)

    def early(self) -> list[nn.Module]:
        """Return the layers of the first stages."""
        return list(self.backbone[: self._early])

    def trunk(self, chips: Tensor) -> Tensor:
        """Return chips without their own mean and spread: exposure and infrared contrast say nothing."""
        centred = chips - chips.mean(dim=(1, 2, 3), keepdim=True)
        spread = (centred * centred).mean(dim=(1, 2, 3), keepdim=True).sqrt()
        even = centred / spread.clamp_min(MIN_STD)
        return nn.functional.interpolate(even, scale_factor=self.enlarged, mode="bilinear")

    def describe(self, seen: Tensor) -> Tensor:
        """Return (N, width)."""
        return cast("Tensor", self.dropout(self.backbone(seen).mean(dim=(2, 3))))

    def classify(self, described: Tensor) -> Tensor:
        """Return the logits of both heads."""
        return cast("Tensor", self.heads(described).view(-1, len(HEADS), len(EMOTIONS)))


class LargeEmotionNet(EmotionNet):
    """All of the recogniser but its last block, 4.4 million parameters: a teacher for the compact network."""

    usual_widths = (32, 64, 128, 256)
    usual_blocks = (3, 4, 3, 3)
    enlarged = 2.0
