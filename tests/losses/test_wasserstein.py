# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import tensorflow as tf

from tfdpgan.losses import LOSSES

LOGITS = np.array([-2.0, -0.5, 0.0, 0.5, 2.0], np.float32)


def test_wasserstein_against_its_formula():
    loss = LOSSES["wgan_gp"]()
    np.testing.assert_allclose(loss.real(LOGITS), -LOGITS)
    np.testing.assert_allclose(loss.generated(LOGITS), LOGITS)
    np.testing.assert_allclose(loss.generator(LOGITS), -LOGITS)


def test_gradient_penalty_against_its_formula():
    """The critic sum(x^3) has the slope 3 x^2; a constant one has slope zero, a penalty of 10, and finite gradients."""
    loss = LOSSES["wgan_gp"]()
    rng = np.random.default_rng(0)
    real, generated = rng.normal(size=(2, 5, 3, 3, 1)).astype(np.float32)
    positions = rng.random(5).astype(np.float32)
    real, generated, positions = map(tf.constant, (real, generated, positions))
    mixed = positions[:, None, None, None] * real + (1 - positions[:, None, None, None]) * generated
    norms = np.sqrt(((3 * mixed.numpy() ** 2) ** 2).sum(axis=(1, 2, 3)))
    penalty = loss.penalty(lambda x: tf.reduce_sum(x**3, axis=[1, 2, 3]), real, generated, positions)
    np.testing.assert_allclose(penalty, 10 * (norms - 1) ** 2, rtol=1e-5)
    weight = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        flat = loss.penalty(lambda x: weight * tf.reduce_sum(x, axis=[1, 2, 3]), real, generated, positions)
    np.testing.assert_allclose(flat, 10.0, rtol=1e-4)
    assert np.isfinite(tape.gradient(flat, weight))
