"""dlib's face recognition network in PyTorch, with the weights of its public-domain file.

The network (King 2017, `dlib_face_recognition_resnet_model_v1.dat`, 29 convolutions) describes a face by
128 numbers; faces of one person lie less than about 0.6 apart. dlib takes 80 ms a face on one core where
its wheel has no fast linear algebra; this gives the same numbers in a tenth of it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from drivermon.errors import InstallationError, SourceError
from drivermon.perception.landmarks import PREDICTOR_PACKAGE, find_predictor

RECOGNISER_FILE = "dlib_face_recognition_resnet_model_v1.dat"
EMBEDDING = 128
STAGES = ((32, 3, 1), (64, 4, 2), (128, 3, 2), (256, 3, 2), (256, 1, 2))
"""Channels, blocks, and the stride of the first of them."""
MEAN, SCALE = (122.782, 117.001, 104.298), 256.0
"""Of red, green and blue, as dlib's `input_rgb_image` takes them out."""
LAYERS = re.compile(rb"\x01\x05con_4|\x01\x07affine_|\x01\x04fc_2")
"""Names of the layers that have weights, with their length in front, as dlib writes text."""
LEADING = {b"con_4": 1, b"affine_": 1, b"fc_2": 3}
"""Integers between the name and the four sizes of the tensor: its version, and the last layer's width."""


class Affine(nn.Module):
    """A batch normalisation as dlib stores it for use: a scale and an offset a channel."""

    def __init__(self, channels: int) -> None:
        """Make one that changes nothing."""
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, C, S, S)."""
        return x * self.weight.view(-1, 1, 1) + self.bias.view(-1, 1, 1)


class RecogniserBlock(nn.Module):
    """Two 3x3 convolutions, and a shortcut that halves by averaging and fills new channels with zeros."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        """Make a block; dlib does not pad where it halves."""
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1 if stride == 1 else 0)
        self.norm1 = Affine(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1)
        self.norm2 = Affine(outputs)
        self.halves = stride == 2

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, S, S) to (N, outputs, S / stride, S / stride)."""
        y = self.norm2(self.conv2(torch.relu(self.norm1(self.conv1(x)))))
        if self.halves:
            x = nn.functional.avg_pool2d(x, 2)
            lower, right = (max(0, x.shape[axis] - y.shape[axis]) for axis in (2, 3))
            y = nn.functional.pad(y, (0, right, 0, lower))
            x = nn.functional.pad(x, (0, 0, 0, 0, 0, y.shape[1] - x.shape[1]))
        return torch.relu(x + y)


class Recogniser(nn.Module):
    """Faces to embeddings, as dlib's network of that name."""

    def __init__(self) -> None:
        """Make one of random weights; `read_recogniser` gives those of the file."""
        super().__init__()
        self.conv = nn.Conv2d(3, STAGES[0][0], 7, 2)
        self.norm = Affine(STAGES[0][0])
        blocks, inputs = [], STAGES[0][0]
        for outputs, count, stride in STAGES:
            for index in range(count):
                blocks.append(RecogniserBlock(inputs, outputs, stride if index == 0 else 1))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.embedding = nn.Linear(inputs, EMBEDDING, bias=False)

    def forward(self, faces: Tensor) -> Tensor:
        """Return embeddings (N, 128) of aligned faces, RGB, float32 (N, 3, 150, 150) of 0 to 255."""
        pixels = (faces - torch.tensor(MEAN, device=faces.device).view(1, 3, 1, 1)) / SCALE
        seen = nn.functional.max_pool2d(torch.relu(self.norm(self.conv(pixels))), 3, 2)
        return cast("Tensor", self.embedding(self.blocks(seen).mean((2, 3))))


def find_recogniser() -> Path:
    """Return the network's file, which lies beside the landmark predictor.

    Raises:
        InstallationError: the package or the file is missing.

    """
    path = find_predictor().with_name(RECOGNISER_FILE)
    if not path.is_file():
        raise InstallationError(f"{path} is missing; install it again: pip install {PREDICTOR_PACKAGE}")
    return path


def read_recogniser(path: Path) -> Recogniser:
    """Return the network with the weights of dlib's file, ready to judge.

    Raises:
        SourceError: the file can't be read or holds another network.

    """
    network = Recogniser()
    layers = [network.conv, network.norm]
    for block in network.blocks:
        layers += [block.conv1, block.norm1, block.conv2, block.norm2]
    layers.append(network.embedding)
    try:
        found = list(_weights(path.read_bytes()))
    except (OSError, IndexError, ValueError) as error:
        raise SourceError(f"{path} can't be read as dlib's face recognition network ({error})") from error
    wanted = [sum(weight.numel() for weight in layer.parameters()) for layer in layers]
    if [len(numbers) for numbers in found] != wanted:
        raise SourceError(f"{path} is not dlib's face recognition network: it has other layers")
    with torch.no_grad():
        for layer, numbers in zip(layers, found, strict=True):
            values = torch.from_numpy(numbers.copy())
            if layer is network.embedding:  # stored inputs first
                layer.weight.copy_(values.view(layer.in_features, layer.out_features).T)
                continue
            weight, bias = values.split([layer.weight.numel(), layer.bias.numel()])
            layer.weight.copy_(weight.view_as(layer.weight))
            layer.bias.copy_(bias)
    network.eval()
    return network


def _weights(data: bytes) -> Iterator[NDArray[np.float32]]:
    """Yield the numbers of every layer that has some, in the order in which pictures pass them."""
    for name in LAYERS.finditer(data):
        place = name.end()
        for _ in range(LEADING[name.group()[2:]]):
            _, place = _integer(data, place)
        count = 1
        for _ in range(4):
            size, place = _integer(data, place)
            count *= size
        yield np.frombuffer(data, "<f4", count, place)


def _integer(data: bytes, place: int) -> tuple[int, int]:
    """Read an integer as dlib packs it: the number of its bytes, then these; and say where it ends."""
    end = place + 1 + (data[place] & 0x0F)
    return int.from_bytes(data[place + 1 : end], "little"), end
