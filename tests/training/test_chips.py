from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivermon.errors import SourceError
from drivermon.perception.alignment import DEFAULT_GEOMETRY, align
from tests.training.faces import drawn_chips
from training.chips import RIM_PX, ChipSet, widened
from training.metrics import calibration_error, measure


def test_the_middle_of_a_wide_chip_is_the_chip_of_the_daemon() -> None:
    rng = np.random.default_rng(0)
    picture = cv2.GaussianBlur(rng.integers(0, 256, (300, 300), np.uint8), (0, 0), 3)
    eyes = (110.0, 120.0), (190.0, 131.0)
    wide = align(picture, *eyes, widened(DEFAULT_GEOMETRY))[RIM_PX:-RIM_PX, RIM_PX:-RIM_PX]
    narrow = align(picture, *eyes, DEFAULT_GEOMETRY)
    assert np.abs(wide.astype(int) - narrow.astype(int)).max() <= 2


def test_missing_chips_say_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="python -m training prepare"):
        ChipSet.load(tmp_path)


def test_a_face_that_was_not_found_is_judged_but_not_learned_from() -> None:
    chips = drawn_chips(6)
    split = np.array(["train", "train", "test", "test", "judge", "train"])
    chips = replace(chips, split=split, detector=np.array(["eyes", "none", "none", "eyes", "none", "crop"]))
    assert [len(chips.part(name)) for name in ("train", "validation", "test", "judge")] == [2, 0, 2, 1]
    assert len(chips.part("train", "judge")) == 3


def test_rows_are_chosen_and_joined() -> None:
    chips = drawn_chips(9)
    even = chips[np.arange(9) % 2 == 0]
    assert list(even.group) == ["g0", "g2", "g4", "g6", "g8"]
    assert len(ChipSet.join([even, chips])) == 14


def test_metrics_on_a_case_worked_out_by_hand() -> None:
    probabilities = np.zeros((4, 7), np.float32)
    probabilities[[0, 1, 2], [0, 0, 3]] = [0.9, 0.6, 0.4]
    result = measure(probabilities, np.array([0, 1, 3, 0]))
    assert result.accuracy == 0.5  # the fourth has no face: wrong although 0 is its label
    assert (result.recall[0], result.recall[1], result.recall[3]) == (0.5, 0.0, 1.0)
    assert np.isnan(result.recall[2])
    assert (result.coverage, result.covered_accuracy) == (0.5, 0.5)


def test_calibration_error_is_the_gap_of_confidence() -> None:
    confidence = np.full(100, 0.8, np.float32)
    assert calibration_error(confidence, np.arange(100) < 80) == pytest.approx(0.0, abs=1e-6)
    assert calibration_error(confidence, np.arange(100) < 50) == pytest.approx(0.3, abs=1e-6)
