# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Refinement where the discriminator is a formula."""

import numpy as np
import pytest
import tensorflow as tf

from tfdpgan.generation.samplers.refinement import Refinement, Refiner

POINTS = np.random.default_rng(0).normal(size=[64, 3]).astype(np.float32) * 2


def hill(x):
    """Highest at zero: logit 4 - |x|^2."""
    return x, 4.0 - tf.reduce_sum(x * x, axis=1)


def test_plain_steps_are_those_of_the_formula():
    refined = Refiner(hill, Refinement(3, 0.1, "plain", 0.99))(tf.constant(POINTS[:1]))
    x = POINTS[:1].astype(np.float64)
    for _ in range(3):
        logit = 4 - (x * x).sum(axis=1)
        if 1 / (1 + np.exp(-logit)) < 0.99:
            x = x - 0.1 * 2 * x / (1 + np.exp(logit))[:, None]  # the gradient of -log D
    np.testing.assert_allclose(refined.outputs.numpy(), x, rtol=1e-5)


@pytest.mark.parametrize("optimizer", ["adam", "plain"])
@pytest.mark.parametrize("rate", [1e-3, 0.1, 1e5])
def test_every_point_below_eta_rises_and_the_others_stay(optimizer, rate):
    refined = Refiner(hill, Refinement(5, rate, optimizer, 0.9))(tf.constant(POINTS))
    first, last = refined.first_logits.numpy(), refined.logits.numpy()
    low = 1 / (1 + np.exp(-first)) < 0.9
    assert 10 < low.sum() < 64
    assert (last[low] > first[low]).all() and refined.moved.numpy().tolist() == low.tolist()
    assert refined.outputs.numpy()[~low].tobytes() == POINTS[~low].tobytes()
    np.testing.assert_allclose(hill(refined.outputs)[1].numpy(), last, rtol=1e-5, atol=1e-5)


def test_it_ends_when_all_have_reached_eta_and_each_has_its_own_number_of_steps():
    endless = Refiner(hill, Refinement(10**9, 0.1, "adam", 0.5))(tf.constant(POINTS))
    assert (endless.logits.numpy() >= 0).all()
    allowed = tf.constant([0, 1, 2, 50] * 16)
    refined = Refiner(hill, Refinement(50, 0.01, "adam", 0.999))(tf.constant(POINTS + 3), allowed=allowed)
    gained = (refined.logits - refined.first_logits).numpy().reshape(16, 4)
    assert (gained[:, 0] == 0).all() and (np.diff(gained, axis=1) > 0).all()


def test_one_example_does_not_see_another():
    refiner = Refiner(hill, Refinement(5, 0.05, "adam", 0.99))
    alone = tf.concat([refiner(tf.constant(POINTS[i : i + 1])).outputs for i in range(8)], axis=0)
    np.testing.assert_allclose(refiner(tf.constant(POINTS[:8])).outputs.numpy(), alone.numpy(), rtol=1e-5)


def test_without_a_gradient_nothing_moves():
    refined = Refiner(lambda x: (x, tf.zeros_like(x[:, 0]) + 0 * x[:, 0]), Refinement(3))(tf.constant(POINTS))
    assert not refined.moved.numpy().any() and refined.outputs.numpy().tobytes() == POINTS.tobytes()
