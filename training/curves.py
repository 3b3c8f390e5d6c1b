"""A run's log as a picture: loss, and accuracy on the held-out chips."""

import csv
from pathlib import Path

from matplotlib.figure import Figure

from training.files import written_whole


def draw_curves(log: Path, picture: Path) -> None:
    """Draw every column of `log` over the epochs: losses above, accuracies below.

    Raises:
        OutputError: the picture can't be written.

    """
    with log.open(newline="") as file:
        rows = list(csv.DictReader(file))
    epochs = [int(row["epoch"]) for row in rows]
    names = [name for name in rows[0] if name not in ("epoch", "rate")]
    losses = [name for name in names if "loss" in name]
    figure = Figure(figsize=(7, 6), layout="constrained")
    for axes, label, columns in zip(
        figure.subplots(2, 1, sharex=True),
        ("loss", "accuracy"),
        (losses, [name for name in names if name not in losses]),
        strict=True,
    ):
        for name in columns:
            axes.plot(epochs, [float(row[name]) for row in rows], marker=".", label=name)
        axes.set_ylabel(label)
        axes.grid(alpha=0.3)
        axes.legend()
    axes.set_xlabel("epoch")
    with written_whole(picture) as part:
        figure.savefig(part, dpi=120, format="png")
