# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""How much the images of a batch differ, as one more map for a discriminator (Karras et al. 2018, section 3)."""

from __future__ import annotations

import tensorflow as tf
import tf_keras as keras


class MinibatchStddev(keras.layers.Layer):
    """The mean over a group of images of the standard deviation of every feature, as one constant map.

    It mixes examples: refused under differential privacy.

    Args:
        group: images that are compared; published 4. Where it does not divide the batch, the batch is one group.
    """

    def __init__(self, group: int) -> None:
        super().__init__()
        self._group = group

    def call(self, inputs):
        count = tf.shape(inputs)[0]
        group = tf.where(count % self._group == 0, self._group, count)
        height, width, channels = inputs.shape[1:]
        grouped = tf.reshape(inputs, [group, -1, height, width, channels])
        spread = tf.sqrt(tf.math.reduce_variance(grouped, axis=0) + 1e-8)
        mean = tf.reduce_mean(spread, axis=[1, 2, 3])
        maps = tf.tile(mean, [group])[:, None, None, None] * tf.ones_like(inputs[..., :1])
        return tf.concat([inputs, maps], axis=-1)
