import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.perception.face_crop import MARGIN, FaceCrop, crop_round, moved

POINTS = np.array([[100.0, 80.0], [180.0, 80.0], [140.0, 190.0], [120.0, 170.0]])


@given(st.floats(20, 600), st.floats(20, 400), st.floats(10, 500), st.floats(-180, 180), st.integers(16, 200))
def test_points_come_back_from_the_crop_where_they_were(
    x: float, y: float, side: float, roll: float, size: int
) -> None:
    crop = FaceCrop((x, y), side, roll)
    there = moved(POINTS, crop.matrix(size))
    np.testing.assert_allclose(crop.to_picture(there, size), POINTS, atol=1e-6)


@given(st.floats(-90, 90))
def test_a_tilted_face_stands_upright_in_the_middle_of_its_crop(roll: float) -> None:
    turn = np.asarray(cv2.getRotationMatrix2D((150.0, 120.0), -roll, 1.0), float)
    there = moved(moved(POINTS, turn), crop_round(moved(POINTS, turn), roll).matrix(100))
    straight = moved(POINTS, crop_round(POINTS, 0.0).matrix(100))
    np.testing.assert_allclose(there, straight, atol=1e-6)
    assert np.ptp(straight, axis=0).max() == pytest.approx(100 / MARGIN)
    np.testing.assert_allclose((straight.min(0) + straight.max(0)) / 2, 49.5)


@pytest.mark.parametrize("side", [60.0, 112.0, 300.0, 480.0])
def test_a_crop_shows_what_lies_under_it_at_any_size(side: float) -> None:
    y, x = np.mgrid[0:720, 0:1280]
    picture = np.clip(0.12 * x + 0.08 * y, 0, 255).astype(np.uint8)
    crop = FaceCrop((640.0, 360.0), side, 25.0)
    cut = crop.cut(picture, 112)
    row, column = np.mgrid[0:112:9, 0:112:9]
    at = crop.to_picture(np.stack([column, row], -1).astype(float), 112)
    assert cut.shape == (112, 112)
    np.testing.assert_allclose(cut[row, column], 0.12 * at[..., 0] + 0.08 * at[..., 1], atol=2.0)


def test_past_the_border_the_outermost_pixels_go_on() -> None:
    picture = np.full((50, 60, 3), 90, np.uint8)
    assert (FaceCrop((0.0, 0.0), 40.0).cut(picture, 32) == 90).all()
    assert (FaceCrop((-500.0, 900.0), 40.0, 10.0).cut(picture, 32) == 90).all()


@given(st.floats(-60, 380), st.floats(-60, 300), st.floats(12, 223), st.floats(-180, 180))
def test_a_crop_is_the_same_cut_from_all_of_the_picture(x: float, y: float, side: float, roll: float) -> None:
    noise = np.random.default_rng(4).integers(0, 255, (240, 320), np.uint8)
    picture = np.asarray(cv2.GaussianBlur(noise, (0, 0), 3.0), np.uint8)
    crop = FaceCrop((x, y), side, roll)
    whole = cv2.warpAffine(picture, crop.matrix(112), (112, 112), borderMode=cv2.BORDER_REPLICATE)
    np.testing.assert_allclose(crop.cut(picture, 112).astype(int), whole.astype(int), atol=4)
