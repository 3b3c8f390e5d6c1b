import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.perception.box import Box, iou, shared_part

boxes = st.builds(Box, st.floats(-500, 500), st.floats(-500, 500), st.floats(1, 800), st.floats(1, 800))


@given(boxes, boxes)
def test_overlap_is_symmetric_between_0_and_1(one: Box, other: Box):
    assert iou(one, other) == pytest.approx(iou(other, one))
    assert 0.0 <= iou(one, other) <= 1.0 + 1e-9


@given(boxes, st.floats(0.1, 0.9))
def test_the_shared_part_is_1_of_what_lies_inside_and_never_less_than_the_overlap(box: Box, factor: float):
    inside = box.grown(factor)
    assert shared_part(box, inside) == pytest.approx(shared_part(inside, box)) == pytest.approx(1.0, rel=1e-3)
    assert shared_part(box, inside.shifted(box.width / 2, 0)) >= iou(box, inside.shifted(box.width / 2, 0))


@given(boxes, st.floats(0.1, 10))
def test_overlap_of_a_box_with_itself_is_1_at_any_scale(box: Box, scale: float):
    assert iou(box, box) == pytest.approx(1.0)
    assert iou(box.scaled(scale), box.scaled(scale)) == pytest.approx(1.0)


@given(boxes, st.floats(1, 5))
def test_a_grown_box_keeps_its_centre(box: Box, factor: float):
    assert box.grown(factor).center == pytest.approx(box.center, abs=1e-6)


@given(boxes, st.integers(1, 900), st.integers(1, 900))
def test_its_pixels_are_inside_the_picture_and_never_none(box: Box, height: int, width: int):
    rows, columns = box.pixels((height, width))
    assert 0 <= rows.start < rows.stop <= height
    assert 0 <= columns.start < columns.stop <= width
