"""The bias table: the same expressions on people who differ in skin tone, age or sex, all else equal."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivermon.config import RuntimeSettings
from drivermon.emotions import EMOTIONS
from drivermon.perception.emotion import EmotionNetwork
from training import figures
from training.bias_driver import LIGHTS, PERCEIVED, TONES, TRUE, Person, driver_chips
from training.chips import ChipSet
from training.judging import opinions
from training.metrics import hits, interval, mean_of, measure
from training.report import Report, percent
from training.slices import Slice, largest_gap

TRAITS = ("skin tone", "age", "sex")
HEADER = (
    "group",
    "frames",
    "face found %",
    "accuracy %",
    "95 % interval",
    "probability of the shown",
    "true landmarks: accuracy %",
)
TONE_NAMES = tuple(f"tone {tone:.0f}" for tone in TONES)
WHERE = {"day": "by day", "night_ir": "by infrared at night"}


@dataclass(frozen=True, slots=True)
class Row:
    """One group in one light.

    Attributes:
        trait, value: e.g. "skin tone", "5"; "all" for everybody.
        light: in which light.
        count: frames.
        found: share of them in which the face was found.
        accuracy: of the whole path, a face that was not found being wrong.
        low, high: 95 % interval of it, people resampled.
        probability: mean probability given to the emotion that is shown, 0 where no face was found.
        true_accuracy: with the renderer's own landmarks in place of the measured ones.

    """

    trait: str
    value: str
    light: str
    count: int
    found: float
    accuracy: float
    low: float
    high: float
    probability: float
    true_accuracy: float

    def slice(self) -> Slice:
        """Return it for the comparison of groups within one light."""
        return Slice(self.trait, self.value, self.count, self.accuracy, self.low, self.high)


def bias(path: Path, cache: Path, out: Path, jobs: int, everybody: list[Person]) -> tuple[list[Row], str]:
    """Judge the network at `path` on everybody and write `bias.md` and `bias.html` into `out`.

    Args:
        path: of the .onnx file.
        cache: folder in which the chips of rendered frames are kept.
        out: folder of the report.
        jobs: processes that render.
        everybody: who drives.

    Returns:
        A row for each group and light, and a sentence that names the largest gap.

    Raises:
        NetworkError: it is no emotion network.
        OutputError: cache or report can't be written.

    """
    network = EmotionNetwork(path, RuntimeSettings())
    chips = driver_chips(network.geometry, cache, jobs, everybody)
    said = opinions(network, chips)["shipped"]
    rows = table_of(chips, said)
    worst = gap_in_words(rows)
    written = Report(f"Bias of {path.name} on the synthetic driver")
    written.text(_preface(network, everybody))
    written.text(worst)
    for light in LIGHTS:
        written.text(f"## {WHERE[light].capitalize()}")
        mine = [row for row in rows if row.light == light]
        written.table(HEADER, [cells(row) for row in mine])
        bars = figures.bars([row.slice() for row in mine], f"Accuracy {WHERE[light]}")
        written.pictures(
            (f"bias-{light}.png", f"Accuracy {WHERE[light]}", bars),
            (f"bias-{light}-confusion.png", f"Confusion {WHERE[light]}", _confusion(chips, said, light)),
        )
        written.text("Accuracy by emotion and skin tone, %, through the whole path:")
        written.table(("shown", *TONE_NAMES), tones_by_emotion(chips, said, light))
    written.write(out, "bias")
    return rows, worst


def table_of(chips: ChipSet, said: NDArray[np.float32]) -> list[Row]:
    """Return a row for everybody and for each group, in each light."""
    rows = []
    for light in LIGHTS:
        rows.append(_row(chips, said, light, "all", "all", np.ones(len(chips), bool)))
        for trait in TRAITS:
            values = chips.attribute(trait)
            rows += [_row(chips, said, light, trait, str(v), values == v) for v in np.unique(values)]
    return rows


def tones_by_emotion(chips: ChipSet, said: NDArray[np.float32], light: str) -> list[list[str]]:
    """Return the accuracy of each shown emotion by skin tone, through the whole path, in percent."""
    right = hits(said, chips.original)
    here = (chips.attribute("path") == PERCEIVED) & (chips.attribute("light") == light)
    tones = chips.attribute("skin tone")
    rows = []
    for index, name in enumerate(EMOTIONS):
        shown = here & (chips.original == index)
        shares = [mean_of(right[shown & (tones == f"{tone:.0f}")]) for tone in TONES]
        rows.append([name, *map(percent, shares)])
    return rows


def cells(row: Row) -> list[str]:
    """Return a row under `HEADER`."""
    return [
        "all" if row.trait == "all" else f"{row.trait} {row.value}",
        str(row.count),
        percent(row.found),
        percent(row.accuracy),
        f"{percent(row.low)} to {percent(row.high)}",
        f"{row.probability:.3f}",
        percent(row.true_accuracy),
    ]


def gap_in_words(rows: Sequence[Row]) -> str:
    """Return a sentence that names the largest gap between two groups in the same light."""
    gaps = [
        (gap, light)
        for light in LIGHTS
        if (gap := largest_gap([row.slice() for row in rows if row.light == light])) is not None
    ]
    if not gaps:
        return "There are no two groups to compare."
    gap, light = max(gaps, key=lambda found: found[0].size)
    best, worst = (f"{each.value} ({_accuracy(each)})" for each in (gap.best, gap.worst))
    named = f"{gap.best.attribute} {WHERE[light]}"
    return f"**Largest gap: {100 * gap.size:.1f} points**, {named}: {best} and {worst}."


def _accuracy(group: Slice) -> str:
    return f"{percent(group.accuracy)} %, {percent(group.low)} to {percent(group.high)}"


def _row(
    chips: ChipSet, said: NDArray[np.float32], light: str, trait: str, value: str, group: NDArray[np.bool_]
) -> Row:
    here = group & (chips.attribute("light") == light)
    measured = here & (chips.attribute("path") == PERCEIVED)
    true = here & (chips.attribute("path") == TRUE)
    right = hits(said, chips.original)
    low, high = interval(right[measured], chips.subject[measured])
    of_shown = said[np.arange(len(chips)), chips.original]
    return Row(
        trait=trait,
        value=value,
        light=light,
        count=int(measured.sum()),
        found=float((chips.detector[measured] != "none").mean()),
        accuracy=float(right[measured].mean()),
        low=low,
        high=high,
        probability=float(of_shown[measured].mean()),
        true_accuracy=float(right[true].mean()),
    )


def _confusion(chips: ChipSet, said: NDArray[np.float32], light: str) -> bytes:
    here = (chips.attribute("path") == PERCEIVED) & (chips.attribute("light") == light)
    matrix = measure(said[here], chips.original[here]).confusion
    return figures.confusion(matrix, f"Shown and called, {WHERE[light]}")


def _preface(network: EmotionNetwork, everybody: Sequence[Person]) -> str:
    return (
        f"SHA-256 `{network.digest}`. {len(everybody)} synthetic people of eight skin tones (0 lightest to 7 "
        "darkest), three ages and both sexes drive the same script and show the same seven emotions; heads, "
        "hair, clothes, camera and light are the same. Every frame goes through detector, landmarks, "
        "alignment and network as in the daemon; beside it stands what the network says with the true "
        "landmarks. Infrared is rendered flat over skin tone, so at night it can't show a bias by tone. "
        "Rendered faces are no photographs: differences between groups count here, not the accuracy itself."
    )
