"""What earlier runs teach a network: their opinion of each chip, learned beside its labels."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from drivermon.emotions import EMOTIONS
from drivermon.errors import ConfigError
from training import networks
from training.chips import ChipSet
from training.informed import informed
from training.networks import HEADS
from training.pixels import quick_logits
from training.recipe import Recipe
from training.run import read_recipe
from training.targets import part_of

EXACT = "synthetic"
"""The set whose labels are right because its faces were made from them: no teacher knows better."""


def taught_by(recipe: Recipe, chips: ChipSet) -> Tensor | None:
    """Return the mean probabilities (N, 2, 7) that a recipe's teachers give to chips and their mirror images.

    Of synthetic faces they are what these were made to show.

    Raises:
        ConfigError: a crossed teacher did not leave out the part that it is to teach.
        SourceError: a teacher's checkpoint is missing or of no network here.

    """
    if not recipe.teachers:
        return None
    made = np.char.startswith(chips.dataset, EXACT) & (chips.original >= 0)
    new = ~chips.classes()[1] & bool(recipe.unlabelled_teachers)
    taught = torch.zeros(len(chips), len(HEADS), len(EMOTIONS))
    shown = nn.functional.one_hot(torch.from_numpy(chips.original[made]), len(EMOTIONS))
    taught[torch.from_numpy(made)] = shown.float()[:, None]
    if new.any():
        taught[torch.from_numpy(new)] = _all_of(recipe.unlabelled_teachers, chips[new]).mean(0).softmax(2)
    if not (rest := ~(made | new)).any():
        return taught
    others = chips[rest]
    opinions = _crossed(recipe.teachers, others) if recipe.crossed else _all_of(recipe.teachers, others)
    said = opinions.mean(0).softmax(2)
    if recipe.informed:
        said[:, HEADS.index("original")] = informed(opinions, others)
    taught[torch.from_numpy(rest)] = said
    return taught


def _all_of(teachers: tuple[Path, ...], chips: ChipSet) -> Tensor:
    return torch.stack([_opinion(teacher, chips) for teacher in teachers])


def _crossed(teachers: tuple[Path, ...], chips: ChipSet) -> Tensor:
    """Return the logits (1, N, 2, 7) of each chip's own teacher, which has never seen it."""
    parts = part_of(chips, len(teachers))
    opinions = torch.zeros(1, len(chips), len(HEADS), len(EMOTIONS))
    for part, teacher in enumerate(teachers):
        to_leave = [part + 1, len(teachers)]
        if (left := read_recipe(teacher.parent).get("left_out")) != to_leave:
            raise ConfigError(
                f"{teacher} left out {left} of the parts, not {to_leave}: train crossed teachers with "
                f"--leave-out 1/{len(teachers)} and so on, and name them in that order"
            )
        own = parts == part
        opinions[0, torch.from_numpy(own)] = _opinion(teacher, chips[own])
    return opinions


def _opinion(teacher: Path, chips: ChipSet) -> Tensor:
    network, wide = networks.load(teacher), torch.from_numpy(chips.chips)
    return (quick_logits(network, wide) + quick_logits(network, wide.flip(2))) / 2
