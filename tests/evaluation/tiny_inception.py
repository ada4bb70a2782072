# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The inputs and outputs of TF-GAN's Inception, small."""

import numpy as np
import tensorflow as tf


class TinyInception(tf.Module):
    """The inputs and outputs of TF-GAN's Inception, in a network that a test can afford."""

    def __init__(self, seed=0):
        super().__init__()
        rng = np.random.default_rng(seed)
        self.kernel = tf.Variable(rng.standard_normal((23, 23, 3, 6)), dtype=tf.float32)
        self.head = tf.Variable(rng.standard_normal((6, 1008)), dtype=tf.float32)

    @tf.function(input_signature=[tf.TensorSpec([None, 299, 299, 3])])
    def __call__(self, images):
        tf.debugging.assert_less_equal(tf.abs(images), 1.0)
        pool = tf.reduce_mean(tf.nn.relu(tf.nn.conv2d(images, self.kernel, 23, "VALID")), axis=[1, 2], keepdims=True)
        return {"pool_3": pool, "logits": tf.reshape(pool, [-1, 6]) @ self.head}
