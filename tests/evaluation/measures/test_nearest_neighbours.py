# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Nearest neighbours against a loop, copies found at distance 0, and the picture."""

import numpy as np
import pytest

from tfdpgan.evaluation.measures.nearest_neighbours import nearest_neighbours, neighbour_grid


def images(count, seed):
    return np.random.default_rng(seed).integers(0, 256, (count, 6, 5, 3), dtype=np.uint8)


def test_equal_to_a_loop():
    queries, reference = images(30, 0), images(200, 1)
    found = nearest_neighbours(queries, reference, 4)
    for row, query in enumerate(queries.astype(float)):
        distances = np.sqrt(((reference.astype(float) - query) ** 2).sum(axis=(1, 2, 3)))
        np.testing.assert_array_equal(found.indices[row], np.argsort(distances, kind="stable")[:4])
        np.testing.assert_allclose(found.distances[row], np.sort(distances)[:4], rtol=1e-12)


def test_a_copy_is_found_at_distance_zero():
    reference = images(100, 2)
    found = nearest_neighbours(reference[[7, 70]], reference, 1)
    np.testing.assert_array_equal(found.indices, [[7], [70]])
    assert (found.distances == 0).all()


def test_floats_are_read_as_grey_levels_and_features_as_they_are():
    reference = images(50, 3)
    floats = (reference[:5] / 127.5 - 1).astype(np.float32)
    np.testing.assert_array_equal(nearest_neighbours(floats, reference, 1).distances, 0)
    features = np.array([[0.0, 0.0], [3.0, 4.0]], np.float32)
    np.testing.assert_allclose(nearest_neighbours(features[:1], features, 2).distances, [[0, 5]])


def test_the_grid_shows_the_generated_image_and_then_its_neighbours():
    generated, reference = images(2, 4), images(9, 5)
    indices = np.array([[3, 8], [0, 1]])
    grid = neighbour_grid(generated, reference, indices, padding=1, gap=4)
    assert grid.shape == (2 * 7 + 1, 3 * 6 + 1 + 4, 3)
    np.testing.assert_array_equal(grid[1:7, 1:6], generated[0])
    np.testing.assert_array_equal(grid[1:7, 11:16], reference[3])
    np.testing.assert_array_equal(grid[8:14, 17:22], reference[1])
    assert (grid[:, 6:11] == 255).all()


def test_refused():
    with pytest.raises(ValueError, match="from 1 to 9"):
        nearest_neighbours(images(2, 0), images(9, 0), 10)
    with pytest.raises(ValueError, match="compared"):
        nearest_neighbours(images(2, 0), images(9, 0)[:, :3], 1)
