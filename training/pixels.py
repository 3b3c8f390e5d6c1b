"""From stored wide chips to what a network wants to see."""

from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.chips import RIM_PX
from training.networks import Network

MEASURED_ON = 512
"""Chips, at least, where there are so many, that normalisations get their statistics from."""
LUMA = (0.114, 0.587, 0.299)
"""Of blue, green and red (ITU-R BT.601), as OpenCV turns colour into gray."""


def planes(wide: Tensor, channels: int) -> Tensor:
    """Return uint8 chips (N, W, W) or (N, W, W, 3) as float32 (N, C, W, W).

    Colour stays if three channels are asked for; gray stays one channel, for the network to spread.
    """
    pixels = wide[:, None].float() if wide.ndim == 3 else wide.permute(0, 3, 1, 2).float()
    return grayed(pixels) if channels == 1 else pixels


def grayed(pixels: Tensor) -> Tensor:
    """Return float32 pixels (N, C, S, S), gray or blue, green, red, as gray ones (N, 1, S, S)."""
    if pixels.shape[1] == 1:
        return pixels
    return (pixels * torch.tensor(LUMA, device=pixels.device).view(1, 3, 1, 1)).sum(1, keepdim=True).round()


def plain(network: Network, wide: Tensor) -> Tensor:
    """Return the unchanged middle of wide chips, float32 (N, C, S, S) at the network's own size."""
    inner = planes(wide[:, RIM_PX:-RIM_PX, RIM_PX:-RIM_PX], network.geometry.channels)
    return resized(inner, network.geometry.size_px)


def some(network: Network, wide: NDArray[np.uint8]) -> Tensor:
    """Return some hundred of the chips, evenly drawn, as `plain`: for the statistics of normalisations."""
    return plain(network, torch.from_numpy(wide[:: max(1, len(wide) // MEASURED_ON)]))


def resized(chips: Tensor, size_px: int) -> Tensor:
    """Return chips (N, C, W, W) at another size."""
    if chips.shape[-1] == size_px:
        return chips
    return nn.functional.interpolate(chips, size=size_px, mode="bilinear", antialias=True)


@torch.inference_mode()
def logits_of(network: Network, shown: Tensor, frozen: bool = False, batch: int = 256) -> Tensor:
    """Return a network's logits (N, 2, 7) on the CPU.

    Args:
        network: is put into judging mode.
        shown: wide chips, or with `frozen` what the network's frozen layers made of them.
        frozen: see there.
        batch: rows at a time.

    """
    network.eval()
    device = next(network.parameters()).device

    def of(part: Tensor) -> Tensor:
        if frozen:
            return network.classify(network.describe(part.to(device).float()))
        return cast("Tensor", network(plain(network, part.to(device))))

    return torch.cat([of(part).cpu() for part in shown.split(batch)])


def quick_logits(network: Network, shown: Tensor, frozen: bool = False) -> Tensor:
    """Return logits as training computes them: in bfloat16, a third of the time of single precision."""
    with torch.autocast(next(network.parameters()).device.type, torch.bfloat16):
        return logits_of(network, shown, frozen).float()
