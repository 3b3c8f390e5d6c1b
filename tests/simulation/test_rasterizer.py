"""The z-buffer against what a pencil gives."""

import numpy as np

from drivermon.simulation.rasterizer import rasterize


def test_a_triangle_covers_the_pixel_centres_inside_it():
    corners = np.array([[0, 0], [0, 4], [4, 0]], np.float32)  # counter-clockwise seen with y up
    seen = rasterize(corners, np.ones(3, np.float32), np.array([[0, 1, 2]]), (6, 5))
    drawn = np.zeros((5, 6), bool)
    drawn.ravel()[seen.pixel] = True
    rows, columns = np.mgrid[0:5, 0:6] + 0.5
    assert np.array_equal(drawn, rows + columns <= 4)


def test_the_nearer_surface_wins_wherever_they_cross():
    corners = np.array([[0, 0], [0, 20], [20, 20], [20, 0]] * 2, np.float32)
    nearness = np.array([1, 1, 2, 2, 2, 2, 1, 1], np.float32)  # two slopes that cross in the middle
    triangles = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]])
    seen = rasterize(corners, nearness, triangles, (20, 20))
    assert np.all((seen.triangle >= 2) == (seen.pixel % 20 < 10))
    assert seen.nearness.min() >= 1.5 - 1e-5


def test_weights_give_back_the_place_of_the_pixel():
    random = np.random.default_rng(4)
    corners = random.uniform(0, 40, (30, 2)).astype(np.float32)
    triangles = random.integers(0, 30, (40, 3))
    seen = rasterize(corners, random.uniform(1, 2, 30).astype(np.float32), triangles, (40, 40))
    place = seen.interpolate(triangles, corners)
    pixels = np.stack([seen.pixel % 40, seen.pixel // 40], 1) + 0.5
    assert np.abs(place - pixels).max() < 0.02


def test_backs_are_not_drawn_unless_two_sided():
    corners = np.array([[0, 0], [8, 0], [0, 8]], np.float32)
    one = np.ones(3, np.float32)
    triangles = np.array([[0, 1, 2]])
    assert not len(rasterize(corners, one, triangles, (8, 8), np.array([False])).pixel)
    assert len(rasterize(corners, one, triangles, (8, 8), np.array([True])).pixel)


def test_what_lies_outside_the_picture_or_has_no_area_is_left_out():
    corners = np.array([[-9, -9], [-9, -1], [-1, -9], [3, 3], [3, 3], [5, 5]], np.float32)
    seen = rasterize(corners, np.ones(6, np.float32), np.array([[0, 1, 2], [3, 4, 5]]), (8, 8))
    assert not len(seen.pixel)
    assert not seen.nearness.any()


def test_holes_show_what_is_behind():
    corners = np.array([[0, 0], [0, 16], [16, 0]] * 2, np.float32)
    nearness = np.array([2, 2, 2, 1, 1, 1], np.float32)
    seen = rasterize(
        corners,
        nearness,
        np.array([[0, 1, 2], [3, 4, 5]]),
        (16, 16),
        cutout=lambda triangle, weights: (triangle == 1) | (weights[1] > 0.5),
    )
    assert {0, 1} == set(seen.triangle.tolist())
    assert np.all(seen.weights[1][seen.triangle == 1] <= 0.5)
