"""Pictures for reports, drawn without a screen and returned as PNG."""

import io
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from drivermon.emotions import EMOTIONS
from training.metrics import BINS
from training.slices import Slice

DPI = 105
BLUE, ORANGE, GRAY = "#2f6db5", "#d9822b", "#8a8f98"
FACE_PX, FACES_A_ROW = 96, 8


def confusion(matrix: NDArray[np.int64], title: str) -> bytes:
    """Draw pictures by label (rows) and by what they were called, as shares of each row.

    Args:
        matrix: int (7, 8), the last column "no face"; it is left out where it is empty.
        title: above it.

    """
    columns = [*EMOTIONS, "no face"] if matrix[:, -1].any() else list(EMOTIONS)
    counts = matrix[:, : len(columns)]
    shares = counts / np.maximum(matrix.sum(1, keepdims=True), 1)
    figure = Figure(figsize=(5.9, 4.4), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
    for row, column in np.ndindex(shares.shape):
        if counts[row, column]:
            colour = "white" if shares[row, column] > 0.55 else "black"
            text = f"{shares[row, column]:.0%}"
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=9)
    axes.set_xticks(range(len(columns)), columns, rotation=35, ha="right")
    labels = [f"{name} ({count})" for name, count in zip(EMOTIONS, matrix.sum(1), strict=True)]
    axes.set_yticks(range(len(EMOTIONS)), labels)
    axes.set_xlabel("called")
    axes.set_ylabel("label (pictures)")
    axes.set_title(title, fontsize=10)
    return _png(figure)


def reliability(
    confidence: NDArray[np.float32], right: NDArray[np.bool_], before: NDArray[np.float32], title: str
) -> bytes:
    """Draw how often the network is right by how sure it is, with and without its calibration.

    Args:
        confidence: (N,) largest probability.
        right: (N,) whether the label's class had it.
        before: (N,) largest probability without calibration.
        title: above it.

    """
    figure = Figure(figsize=(4.5, 4.4), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color=GRAY, linewidth=1)
    for sure, colour, name in ((before, GRAY, "before calibration"), (confidence, BLUE, "as exported")):
        bins = np.clip((sure * BINS).astype(int), 0, BINS - 1)
        kept = [index for index in np.unique(bins) if (bins == index).sum() >= BINS]
        x = [float(sure[bins == index].mean()) for index in kept]
        y = [float(right[bins == index].mean()) for index in kept]
        axes.plot(x, y, "o-", color=colour, label=name, markersize=4)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="how sure", ylabel="how often right")
    axes.set_title(title, fontsize=10)
    axes.legend(loc="upper left", frameon=False)
    return _png(figure)


def bars(found: Sequence[Slice], title: str) -> bytes:
    """Draw the accuracy of each slice with its interval, those of one attribute in one colour."""
    names = list(dict.fromkeys(each.attribute for each in found))
    figure = Figure(figsize=(5.6, 0.9 + 0.27 * len(found)), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    for row, each in enumerate(found):
        colour = (BLUE, ORANGE)[names.index(each.attribute) % 2]
        axes.barh(row, each.accuracy, color=colour, height=0.7)
        axes.plot([each.low, each.high], [row, row], color="black", linewidth=1.2)
    axes.set_yticks(range(len(found)), [f"{each.attribute}: {each.value} ({each.count})" for each in found])
    axes.invert_yaxis()
    axes.set(xlim=(0, 1), xlabel="accuracy (line: 95 % interval)")
    axes.set_title(title, fontsize=10)
    return _png(figure)


def faces(chips: NDArray[np.uint8], captions: Sequence[str]) -> bytes:
    """Lay chips (N, S, S, C) out in rows with a caption of two lines under each."""
    rows = -(-len(chips) // FACES_A_ROW)
    cell = FACE_PX + 30
    sheet = np.full((rows * cell, FACES_A_ROW * (FACE_PX + 8), 3), 255, np.uint8)
    for index, (chip, caption) in enumerate(zip(chips, captions, strict=True)):
        y, x = index // FACES_A_ROW * cell, index % FACES_A_ROW * (FACE_PX + 8)
        large = cv2.resize(chip, (FACE_PX, FACE_PX), interpolation=cv2.INTER_LINEAR)
        colour = large if large.ndim == 3 else cv2.cvtColor(large, cv2.COLOR_GRAY2BGR)
        sheet[y : y + FACE_PX, x : x + FACE_PX] = colour
        for line, text in enumerate(caption.splitlines()):
            at = (x, y + FACE_PX + 11 + 13 * line)
            cv2.putText(sheet, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.34, (40, 40, 40), 1, cv2.LINE_AA)
    return cv2.imencode(".png", sheet)[1].tobytes()


def _png(figure: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
