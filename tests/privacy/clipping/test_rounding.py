# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Tests of the bounds on rounding: never below the truth, and near it."""

import numpy as np
import pytest

import tfdpgan  # noqa: F401  (chooses the Keras before TensorFlow is imported)

# isort: split
import tensorflow as tf

from tfdpgan.privacy.clipping.layer_rules import rounding


@pytest.mark.parametrize("shape", [(1,), (127,), (128,), (131,), (509,), (25_600,), (12_289,), (7, 40), (3, 5, 131)])
@pytest.mark.parametrize("kind", ["normal", "equal", "one_large", "tiny"])
@pytest.mark.parametrize("static", [True, False])
def test_sums_of_squares_are_rounded_up_by_little(shape, kind, static):
    rng = np.random.default_rng(0)
    rows = {
        "normal": rng.normal(size=(4, *shape)),
        "equal": np.broadcast_to(rng.uniform(1, 2, (4, *[1] * len(shape))), (4, *shape)),
        "one_large": np.where(np.arange(np.prod(shape)).reshape(shape) == 0, 1e8, rng.normal(size=(4, *shape))),
        "tiny": np.full((4, *shape), 1e-15),
    }[kind].astype(np.float32)
    signature = [tf.TensorSpec(rows.shape if static else [None] * len(shape) + [shape[-1]])]
    found = tf.function(rounding.squared_norms, signature)(rows).numpy()
    exact = np.sum(rows.astype(np.float64).reshape(4, -1) ** 2, axis=1)
    assert found.dtype == np.float64
    assert (found >= exact).all()
    assert (found <= exact * (1 + 2e-5)).all()


def test_squares_below_the_smallest_number_are_not_lost():
    rows = np.full((1, 1000), 1e-21, np.float32)
    assert rounding.squared_norms(tf.constant(rows)).numpy()[0] >= 1000 * 1e-42


@pytest.mark.parametrize("depth", [3, 64, 65, 512, 700, 2048])
@pytest.mark.parametrize("exactly", [True, False])
def test_gram_matrices_are_within_their_roundings(depth, exactly):
    """Equal entries, whose roundings all go one way, are the worst that is known."""
    rng = np.random.default_rng(0)
    for rows in (rng.uniform(1, 2, (50, 1, 1)) * np.ones((2, depth)), rng.normal(size=(50, 2, depth))):
        rows = rows.astype(np.float32).astype(np.float64)
        gram, roundings = rounding.gram_matrix(tf.constant(rows, tf.float32), exactly)
        magnitudes = np.abs(rows)
        error = np.abs(gram.numpy().astype(np.float64) - rows @ rows.swapaxes(1, 2))
        bound = rounding.gamma(roundings) * (1e-8 if exactly else 1)
        assert (error <= bound * (magnitudes @ magnitudes.swapaxes(1, 2))).all()
        assert roundings <= (depth if exactly else max(66, depth / 8 + 10))


def test_what_overflowed_is_infinite_whatever_its_sign():
    energies = tf.ones([3], tf.float64), tf.ones([3], tf.float64)
    squared = tf.constant([np.inf, -np.inf, np.nan], tf.float64)
    assert np.isinf(rounding.squared_norm_of_contribution(squared, 1, 1, energies).numpy()).all()


def test_norms_are_rounded_up_to_float32():
    squares = np.random.default_rng(0).uniform(1, 4, 10_000)
    norms = rounding.norms_from_squares(tf.constant(squares)).numpy()
    assert norms.dtype == np.float32
    assert (norms.astype(np.float64) >= np.sqrt(squares) * (1 + 4 * rounding.UNIT_ROUNDOFF)).all()
    assert (norms <= np.sqrt(squares) * (1 + 2e-6)).all()
