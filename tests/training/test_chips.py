from pathlib import Path

import cv2
import numpy as np
import pytest

from drivermon.errors import SourceError
from drivermon.perception.alignment import DEFAULT_GEOMETRY, align
from tests.training.faces import drawn_chips, drawn_face
from training.chips import RIM_PX, ChipSet, make_chips, widened
from training.datasets import Example, fer2013, inthewild, jaffe, smiles
from training.metrics import calibration_error, measure


def test_the_middle_of_a_wide_chip_is_the_chip_of_the_daemon() -> None:
    rng = np.random.default_rng(0)
    picture = cv2.GaussianBlur(rng.integers(0, 256, (300, 300), np.uint8), (0, 0), 3)
    eyes = (110.0, 120.0), (190.0, 131.0)
    wide = align(picture, *eyes, widened(DEFAULT_GEOMETRY))[RIM_PX:-RIM_PX, RIM_PX:-RIM_PX]
    narrow = align(picture, *eyes, DEFAULT_GEOMETRY)
    assert np.abs(wide.astype(int) - narrow.astype(int)).max() <= 2


def test_chips_are_made_from_pictures_and_survive_the_disk(tmp_path: Path) -> None:
    examples = []
    for index in range(3):
        path = tmp_path / f"{index}.png"
        cv2.imwrite(str(path), drawn_face(0.5, 150 + index, 48))
        examples.append(Example(path, "drawn", f"g{index}", original=index, votes=(1, 2, 3, 4, 0, 0, 0)))
    made = make_chips(examples)
    made.save(tmp_path / "chips.npz")
    again = ChipSet.load(tmp_path / "chips.npz")
    assert again.chips.shape == (3, 80, 80)
    np.testing.assert_array_equal(again.chips, made.chips)
    np.testing.assert_array_equal(again.original, [0, 1, 2])
    np.testing.assert_array_equal(again.votes[0], [1, 2, 3, 4, 0, 0, 0])


def test_a_picture_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(b"no picture")
    with pytest.raises(SourceError, match=r"broken\.png"):
        make_chips([Example(path, "drawn", "g")])


def test_missing_chips_say_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="python -m training chips"):
        ChipSet.load(tmp_path / "absent.npz")


def test_rows_are_chosen_and_joined() -> None:
    chips = drawn_chips(9)
    even = chips[np.arange(9) % 2 == 0]
    assert list(even.group) == ["g0", "g2", "g4", "g6", "g8"]
    assert len(ChipSet.join([even, chips])) == 14


def test_fer2013_is_read_with_both_views(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(
        "file,split,label,duplicate_group,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,nf\n"
        "FER2013Train/a.png,train,angry,7,4,0,0,1,3,2,0,0,0,0\n"
        "FER2013Valid/b.png,valid,sad,8,0,0,0,9,0,0,0,0,1,0\n"
    )
    (example,) = fer2013(tmp_path, "train")
    assert example.original == 0
    assert example.votes == (3, 2, 0, 0, 4, 1, 0)
    assert example.group == "7"
    assert [row.path.name for row in fer2013(tmp_path, "valid")] == ["b.png"]


def test_jaffe_labels_come_from_file_names(tmp_path: Path) -> None:
    for name in ("KA.AN1.39.tiff", "YM.SU3.60.tiff", "KM.FE2.24.tiff"):
        (tmp_path / name).touch()
    assert {e.path.name[:2]: e.original for e in jaffe(tmp_path)} == {"KA": 0, "YM": 6, "KM": 2}


def test_inthewild_counts_for_both_views_and_smiles_for_happy_only(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,subject,label\n1.jpg,s,fear\n")
    (wild,) = inthewild(tmp_path)
    assert (wild.original, wild.votes[2], wild.group) == (2, 10, "inthewild/s")
    (tmp_path / "labels.csv").write_text("file,label\na.jpg,happy\nb.jpg,not_happy\n")
    assert [(e.original, sum(e.votes), e.happy) for e in smiles(tmp_path)] == [(-1, 0, 1), (-1, 0, 0)]


def test_a_set_that_is_not_unpacked_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="unpack"):
        list(inthewild(tmp_path))


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
