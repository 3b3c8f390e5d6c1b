"""Judged pictures whose photograph was learned too are told apart from new ones."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

torch = pytest.importorskip("torch")

from drivermon.perception.alignment import DEFAULT_GEOMETRY, align  # noqa: E402
from drivermon.perception.detector import HogDetector  # noqa: E402
from drivermon.perception.landmarks import Landmarks68  # noqa: E402
from tests.training.faces import drawn_chips  # noqa: E402
from training import photographs  # noqa: E402
from training.chips import ChipSet, widened  # noqa: E402
from training.face_embeddings import EMBEDDINGS  # noqa: E402
from training.photographs import LEARNED, NEW, PHOTOGRAPH, nearest, told_apart  # noqa: E402

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def astronaut() -> Picture:
    picture = cv2.imread(str(Path(__file__).parents[1] / "data" / "astronaut.png"), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def chip_of(picture: Picture) -> Picture:
    (found,) = HogDetector().search(picture)
    shape = Landmarks68().fit(picture, found.box)
    assert shape is not None
    assert shape.right_eye is not None
    assert shape.left_eye is not None
    eyes = shape.right_eye.mean(axis=0), shape.left_eye.mean(axis=0)
    return align(picture, *eyes, widened(DEFAULT_GEOMETRY))[..., 0]


def stored_otherwise(picture: Picture) -> Picture:
    """The same photograph: cut out elsewhere, smaller, brighter, and compressed."""
    small = cv2.resize(picture[10:250, 14:220], None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    _, packed = cv2.imencode(
        ".jpg", cv2.convertScaleAbs(small, alpha=0.9, beta=25), [cv2.IMWRITE_JPEG_QUALITY, 60]
    )
    return np.asarray(cv2.resize(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), None, fx=2, fy=2), np.uint8)


def holding(first: Picture, seed: int) -> ChipSet:
    chips = drawn_chips(7, seed)
    return replace(chips, chips=np.concatenate([first[None], chips.chips[1:]]))


def test_a_photograph_that_was_learned_is_known_again(astronaut: Picture, tmp_path: Path) -> None:
    learned, judged = holding(chip_of(astronaut), 1), holding(chip_of(stored_otherwise(astronaut)), 2)
    judged = judged[np.arange(1)]
    assert told_apart(judged, learned, tmp_path).attribute(PHOTOGRAPH).tolist() == [LEARNED]
    others = learned[np.arange(1, 7)]
    assert told_apart(judged, others, tmp_path).attribute(PHOTOGRAPH).tolist() == [NEW]


def test_what_is_known_of_a_picture_stays_and_one_without_a_face_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def described(wide: Picture, cache: Path) -> NDArray[np.float32]:
        assert cache == tmp_path / EMBEDDINGS
        seen.append(len(wide))
        return wide.reshape(len(wide), -1).astype(np.float32)

    monkeypatch.setattr(photographs, "cached_embeddings", described)
    judged = replace(drawn_chips(3), attributes=np.array([{"light": "day"}, {}, {}], np.object_))
    judged.detector[2] = "none"
    told = told_apart(judged, drawn_chips(3), tmp_path)
    assert told.attribute("light").tolist() == ["day", "", ""]
    assert told.attribute(PHOTOGRAPH).tolist() == [LEARNED, LEARNED, ""]
    assert judged.attribute(PHOTOGRAPH).tolist() == [""] * 3
    assert seen == [5]


def test_where_nothing_was_learned_nothing_is_told(tmp_path: Path) -> None:
    none = drawn_chips(7)[np.zeros(7, bool)]
    assert told_apart(drawn_chips(2), none, tmp_path).attribute(PHOTOGRAPH).tolist() == ["", ""]
    assert len(told_apart(none, drawn_chips(2), tmp_path)) == 0


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 40))
def test_the_nearest_is_as_far_as_the_nearest_of_all(seed: int, count: int, known: int) -> None:
    random = np.random.default_rng(seed)
    one = random.normal(size=(count, 5)).astype(np.float32)
    other = random.normal(size=(known, 5)).astype(np.float32)
    slow = np.linalg.norm(one[:, None] - other[None], axis=2).min(1)
    np.testing.assert_allclose(nearest(one, other), slow, atol=1e-3)
    np.testing.assert_allclose(nearest(one, one), 0.0, atol=2e-3)
