# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A pair of two dense layers that knows nothing of channels."""

import math

import tensorflow as tf
import tf_keras as keras

from tfdpgan.models.network import Network


class Generator(Network):
    def __init__(self, shape, config):
        super().__init__(shape, config, "generator")
        layers = keras.layers
        self.stack = keras.Sequential(
            [
                layers.Dense(config.generator_width, "relu"),
                layers.Dense(math.prod(shape[:3]), "tanh"),
                layers.Reshape(shape[:3]),
            ]
        )

    def call(self, inputs, training=None):
        latents, labels = inputs
        return self.stack(tf.concat([latents, tf.one_hot(labels, self.num_classes)], axis=-1))


class Discriminator(Network):
    def __init__(self, shape, config):
        super().__init__(shape, config, "discriminator")
        self.flatten = keras.layers.Flatten()
        self.hidden = keras.layers.Dense(config.discriminator_width, "relu")
        self.to_logit = keras.layers.Dense(1)

    def call(self, inputs, training=None):
        images, labels = inputs
        hidden = self.hidden(tf.concat([self.flatten(images), tf.one_hot(labels, self.num_classes)], axis=-1))
        return tf.squeeze(self.to_logit(hidden), axis=-1)


def require_shape(shape):
    """Every shape can be made."""
