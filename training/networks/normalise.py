"""Batch normalisations that begin with a function that was given, and with statistics to learn on from."""

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn


@torch.no_grad()
def set_affine(norm: nn.BatchNorm2d, scale: Tensor, offset: Tensor) -> None:
    """Let a normalisation, as it judges, scale and shift each channel, whatever statistics it has."""
    mean, spread = cast("Tensor", norm.running_mean), (cast("Tensor", norm.running_var) + norm.eps).sqrt()
    norm.weight.copy_(scale * spread)
    norm.bias.copy_(offset + scale * mean)


@torch.no_grad()
def normalise(network: nn.Module, look: Callable[[], object], besides: str | None = None) -> None:
    """Measure what normalisations get while `look` runs, and let them give the same with these statistics.

    Args:
        network: is left in judging mode.
        look: calls the network once, on some hundred pictures that it is to learn from.
        besides: name of a part whose normalisations are left as they are.

    """

    def measure(norm: nn.BatchNorm2d, given: tuple[Tensor, ...]) -> None:
        mean, variance = cast("Tensor", norm.running_mean), cast("Tensor", norm.running_var)
        scale = norm.weight / (variance + norm.eps).sqrt()
        offset = norm.bias - scale * mean
        mean.copy_(given[0].mean((0, 2, 3)))
        variance.copy_(given[0].var((0, 2, 3)))
        set_affine(norm, scale, offset)

    norms = [
        layer
        for name, layer in network.named_modules()
        if isinstance(layer, nn.BatchNorm2d) and not belongs(name, besides)
    ]
    hooks = [norm.register_forward_pre_hook(measure) for norm in norms]
    network.eval()
    look()
    for hook in hooks:
        hook.remove()


def belongs(name: str, part: str | None) -> bool:
    """Say whether a layer lies in a part of a network, by their names."""
    return part is not None and (name == part or name.startswith(f"{part}."))
