# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""GS-WGAN's critic as an ordinary discriminator, for DP-SGD on it: what both of its generators are paired with."""

from __future__ import annotations

import math

import tensorflow as tf
import tf_keras as keras

from tfdpgan.models import ModelConfig
from tfdpgan.models.network import Network
from tfdpgan.models.normalization import make_norm
from tfdpgan.models.shapes import ImageShape

_KERNEL = 5


class ProjectionCritic(Network):
    """Three 5x5 convolutions that halve the side, a linear layer, and the label's projection: logits `[batch]`.

    Without spectral normalisation, whose state would see every image; `methods/gswgan` has it in its bank of critics.
    """

    def __init__(self, shape: ImageShape, config: ModelConfig) -> None:
        super().__init__(shape, config, name="discriminator")
        widths = [factor * config.discriminator_width for factor in (1, 2, 4)]
        self.reductions = [
            keras.layers.Conv2D(width, _KERNEL, strides=2, bias_initializer=_bias_initializer(inputs))
            for inputs, width in zip([shape.channels, *widths], widths, strict=False)
        ]
        self.norms = [make_norm(config.discriminator_norm, width) for width in widths]
        self.pad = keras.layers.ZeroPadding2D(2)
        self.flatten = keras.layers.Flatten()
        self.to_logit = keras.layers.Dense(1)
        if shape.num_classes > 1:
            height, width = (-(-side // 8) for side in shape[:2])
            self.embed = keras.layers.Dense(height * width * widths[-1], use_bias=False)

    def call(self, inputs, training=None):
        hidden, labels = inputs
        for reduce, norm in zip(self.reductions, self.norms, strict=True):
            hidden = tf.nn.relu(norm(reduce(self.pad(hidden)), training=training))
        hidden = self.flatten(hidden)
        logits = tf.squeeze(self.to_logit(hidden), axis=-1)
        if self.num_classes > 1:
            logits += tf.reduce_sum(hidden * self.embed(tf.one_hot(labels, self.num_classes)), axis=-1)
        return logits


def _bias_initializer(channels: int) -> keras.initializers.Initializer:
    """As published. With zeros for biases a black image would have no features for a label to be projected on."""
    bound = 1 / math.sqrt(_KERNEL**2 * channels)
    return keras.initializers.RandomUniform(-bound, bound)
