"""Accuracy by group: who or what is judged worse than the rest."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.chips import RIM_PX, ChipSet
from training.metrics import interval

FEWEST = 30
"""A slice of fewer pictures says too little to be compared."""
BRIGHTNESS = (85.0, 130.0)
"""Limits of the mean gray value of a chip: dark, middle, bright. A proxy for light and for skin tone, no
measure of either."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One value of one attribute.

    Attributes:
        attribute: name, e.g. "pose".
        value: e.g. "left".
        count: pictures.
        accuracy: among them.
        low, high: 95 % interval of the accuracy, people resampled.

    """

    attribute: str
    value: str
    count: int
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Gap:
    """The two slices of one attribute that differ most."""

    best: Slice
    worst: Slice

    @property
    def size(self) -> float:
        """Difference of their accuracies."""
        return self.best.accuracy - self.worst.accuracy


def people(chips: ChipSet) -> NDArray[np.str_]:
    """Return whose picture each is: the subject, or the group where none is known."""
    return np.where(chips.subject != "", chips.subject, chips.group)


def attributes_of(chips: ChipSet) -> Iterator[tuple[str, NDArray[np.str_]]]:
    """Yield every attribute by name with its value for each chip, "" where unknown."""
    yield "alignment", chips.detector
    yield "face brightness (proxy)", brightness(chips)
    for name in sorted({name for known in chips.attributes for name in known}):
        yield name, chips.attribute(name)


def brightness(chips: ChipSet) -> NDArray[np.str_]:
    """Return whether each chip is dark, middle or bright on average; "" where no face was found."""
    faces = chips.chips[:, RIM_PX:-RIM_PX, RIM_PX:-RIM_PX]
    means = faces.reshape(len(faces), -1).mean(1)
    names = np.array(["dark", "middle", "bright"])[np.digitize(means, BRIGHTNESS)]
    return np.where(chips.detector == "none", "", names)


def slices(chips: ChipSet, right: NDArray[np.bool_]) -> list[Slice]:
    """Return the accuracy of every value of every attribute that differs within the set."""
    who = people(chips)
    return [each for name, values in attributes_of(chips) for each in _by_value(name, values, right, who)]


def slices_by(chips: ChipSet, right: NDArray[np.bool_], attribute: str) -> list[Slice]:
    """Return the accuracy of every value of one attribute of the manifest, if it differs within the set."""
    return _by_value(attribute, chips.attribute(attribute), right, people(chips))


def largest_gap(found: list[Slice]) -> Gap | None:
    """Return the largest gap within one attribute among slices of `FEWEST` pictures, `None` without any."""
    gaps = []
    for name in {each.attribute for each in found}:
        fit = [each for each in found if each.attribute == name and each.count >= FEWEST]
        if len(fit) > 1:
            ordered = sorted(fit, key=lambda each: (each.accuracy, each.value))
            gaps.append(Gap(ordered[-1], ordered[0]))
    return max(gaps, key=lambda gap: (gap.size, gap.best.attribute), default=None)


def _by_value(
    name: str, values: NDArray[np.str_], right: NDArray[np.bool_], who: NDArray[np.str_]
) -> list[Slice]:
    known = np.unique(values[values != ""])
    if len(known) < 2:
        return []
    return [_slice(name, str(value), values == value, right, who) for value in known]


def _slice(
    name: str, value: str, rows: NDArray[np.bool_], right: NDArray[np.bool_], who: NDArray[np.str_]
) -> Slice:
    low, high = interval(right[rows], who[rows])
    return Slice(name, value, int(rows.sum()), float(right[rows].mean()), low, high)
