"""Seeded amounts for a batch, one a chip."""

import torch
from torch import Tensor


class Draws:
    """Draws on the CPU, so that a seed gives the same on every device, and hands over to `device`."""

    def __init__(self, seed: int) -> None:
        """Start from a seed."""
        self.generator = torch.Generator().manual_seed(seed)
        self.device = torch.device("cpu")

    def between(self, count: int, low: float, high: float) -> Tensor:
        """Return float32 (count, 1, 1, 1), even between `low` and `high`."""
        drawn = low + (high - low) * torch.rand(count, 1, 1, 1, generator=self.generator)
        return drawn.to(self.device)

    def some(self, count: int, share: float) -> Tensor:
        """Return the rows (int64) that are chosen, each with probability `share`."""
        return torch.nonzero(torch.rand(count, generator=self.generator) < share)[:, 0].to(self.device)

    def kinds(self, count: int, kinds: int) -> Tensor:
        """Return int64 (count,), even over `kinds`."""
        return torch.randint(0, kinds, (count,), generator=self.generator).to(self.device)

    def noise(self, shape: torch.Size) -> Tensor:
        """Return standard normal noise."""
        return torch.randn(shape, generator=self.generator).to(self.device)


def axes(size: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return x (1, 1, 1, size) and y (1, 1, size, 1) of pixel centres, in shares of the side."""
    line = (torch.arange(size, dtype=torch.float32, device=device) + 0.5) / size
    return line.view(1, 1, 1, -1), line.view(1, 1, -1, 1)
