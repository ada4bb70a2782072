# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import tensorflow as tf

from tfdpgan.losses import LOSSES


def test_r1_is_half_of_gamma_times_the_squared_slope_at_the_real_image():
    """D(x) = sum of x^3 has slope 3 x^2 at each pixel; what is generated plays no part."""
    loss = LOSSES["non_saturating_r1"]()
    real = np.random.default_rng(0).normal(size=(3, 4, 4, 2)).astype(np.float32)

    def judge(images):
        return tf.reduce_sum(images**3, axis=[1, 2, 3])

    found = loss.penalty(judge, tf.constant(real), tf.zeros_like(real), tf.zeros([3]))
    np.testing.assert_allclose(found, 5 * np.sum((3 * real**2) ** 2, axis=(1, 2, 3)), rtol=1e-5)
