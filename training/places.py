"""Where a run computes: one process alone, or several on one or more machines, started by `torchrun`.

Every process learns from its share of each batch and gradients are averaged, so all hold the same
weights; the first alone judges and writes, and tells the others what it found.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, cast

import torch
from torch import Tensor, nn

PATIENCE = timedelta(hours=6)
"""How long the others wait while the first one judges, describes faces or computes frozen layers."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """One process of a run.

    Attributes:
        device: where its network lies: CUDA when there, else the CPU.
        rank: which process it is.
        world: how many there are.
        local_rank: which it is on its machine.

    """

    device: torch.device
    rank: int = 0
    world: int = 1
    local_rank: int = 0

    @property
    def first(self) -> bool:
        """Whether this process judges and writes."""
        return self.rank == 0

    def wrap(self, learner: nn.Module) -> nn.Module:
        """Return the module to call for logits whose gradients are averaged over all processes."""
        if self.world == 1:
            return learner
        devices = [self.device] if self.device.type == "cuda" else None
        return cast("nn.Module", nn.parallel.DistributedDataParallel(learner, device_ids=devices))

    def told_by_first(self, find: Callable[[], T]) -> T:
        """Return what `find` gives the first process, in all of them."""
        if self.world == 1:
            return find()
        told: list[Any] = [find() if self.first else None]
        torch.distributed.broadcast_object_list(told, device=self.device)
        return cast("T", told[0])

    def once_a_machine(self, make: Callable[[], T]) -> T:
        """Let one process of every machine make something before the others take it up."""
        if self.world == 1:
            return make()
        made = make() if self.local_rank == 0 else None
        torch.distributed.barrier()
        return make() if made is None else made

    def mean(self, value: Tensor) -> Tensor:
        """Return the mean of a number over all processes."""
        if self.world > 1:
            torch.distributed.all_reduce(value)
        return value / self.world


@contextmanager
def joined(threads: int) -> Iterator[Place]:
    """Meet the other processes of the run, as the environment of `torchrun` says; alone without one."""
    torch.set_num_threads(threads)
    cuda = torch.cuda.is_available()
    rank, world, local = (int(os.environ.get(key, "0")) for key in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
    device = torch.device(f"cuda:{local}" if cuda else "cpu")
    if world <= 1:
        yield Place(device)
        return
    if cuda:
        torch.cuda.set_device(device)
    torch.distributed.init_process_group("nccl" if cuda else "gloo", timeout=PATIENCE)
    try:
        yield Place(device, rank, world, local)
    finally:
        torch.distributed.destroy_process_group()
