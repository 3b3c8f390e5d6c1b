"""Judging the detector on rendered cabins it never saw, and on pictures without a face."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivermon.perception.box import Box, iou
from drivermon.perception.face_detector import NetworkDetector
from drivermon.perception.landmarks import square_of_points
from training.face.renders import render_scenes

JUDGED_FROM_SEED = 910_000
FOUND_IOU = 0.5


@dataclass(frozen=True, slots=True)
class DetectorFigures:
    """What a detector finds from one score on.

    Attributes:
        score: that is asked for.
        found: share of the faces with a box that overlaps theirs by half.
        overlap: mean IoU of those.
        extra: share of the cabins in which the surest box is no face, or there is nobody to find.
        empty: share of the pictures without a face in which one is found.

    """

    score: float
    found: float
    overlap: float
    extra: float
    empty: float


def judge_detector(
    detector: NetworkDetector,
    empty: list[NDArray[np.uint8]],
    scores: tuple[float, ...] = (0.25, 0.3, 0.4, 0.5),
    people: int = 40,
    each: int = 6,
) -> list[DetectorFigures]:
    """Judge at several scores; `detector` must be opened with a search score below all of them."""
    pictures, boxes = render_scenes(JUDGED_FROM_SEED, people, each)
    overlaps, surest = [], []
    for picture, box in zip(pictures, boxes, strict=True):
        face = max(detector.search(picture), key=lambda one: one.score, default=None)
        surest.append(0.0 if face is None else face.score)
        there = np.isfinite(box).all() and face is not None
        overlaps.append(iou(face.box, _square(box)) if there and face is not None else 0.0)
    is_there, overlap, score = np.isfinite(boxes).all(1), np.array(overlaps), np.array(surest)
    best_empty = np.array(
        [max((one.score for one in detector.search(picture)), default=0.0) for picture in empty]
    )
    figures = []
    for least in scores:
        right = is_there & (overlap >= FOUND_IOU) & (score >= least)
        figures.append(
            DetectorFigures(
                score=least,
                found=float(right.sum() / is_there.sum()),
                overlap=float(overlap[right].mean()) if right.any() else 0.0,
                extra=float(((score >= least) & ~right).mean()),
                empty=float((best_empty >= least).mean()),
            )
        )
    return figures


def table(figures: list[DetectorFigures]) -> str:
    """Write the figures as Markdown."""
    head = "| from score | faces found | mean IoU | cabins with a wrong box | empty pictures with one |"
    rows = [
        f"| {one.score:.2f} | {one.found:.3f} | {one.overlap:.2f} | {one.extra:.3f} | {one.empty:.3f} |"
        for one in figures
    ]
    return "\n".join([head, "|---|---|---|---|---|", *rows])


def _square(box: NDArray[np.float32]) -> Box:
    return square_of_points(np.array([box[:2], box[:2] + box[2:]], np.float32))
