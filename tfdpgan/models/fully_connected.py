# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A fully connected GAN, as in the first experiments of Goodfellow et al. 2014: images of any size, no convolutions.

The generator widens from 4w over 8w to 16w units and the discriminator narrows from 16w over 8w to 4w. For the test
beds of small images and for fast experiments: a private step costs a fraction of a convolutional one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import tensorflow as tf
import tf_keras as keras

from tfdpgan.models import ModelConfig
from tfdpgan.models.channels import ChannelAxis, channel_axes_along
from tfdpgan.models.network import Network
from tfdpgan.models.normalization import make_norm
from tfdpgan.models.shapes import ImageShape


class Generator(Network):
    """Three dense layers with batch normalisation and ReLU between, and one to the pixels; tanh."""

    def __init__(self, shape: ImageShape, config: ModelConfig, channels: Sequence[int] | None = None) -> None:
        super().__init__(shape, config, "generator", channels)
        layers = keras.layers
        hidden = []
        for width in self._widths([factor * config.generator_width for factor in (4, 8, 16)]):
            hidden += [layers.Dense(width, use_bias=False), layers.BatchNormalization(), layers.ReLU()]
        self.stack = keras.Sequential(
            [*hidden, layers.Dense(math.prod(shape[:3]), activation="tanh"), layers.Reshape(shape[:3])]
        )

    def call(self, inputs, training=None):
        latents, labels = inputs
        return self.stack(tf.concat([latents, tf.one_hot(labels, self.num_classes)], axis=-1), training=training)

    def channel_axes(self) -> list[ChannelAxis]:
        """Between each layer and the next."""
        return channel_axes_along(self.stack.layers)


class Discriminator(Network):
    """Three dense layers with LeakyReLU between, and one to the logit: `[batch]`."""

    def __init__(self, shape: ImageShape, config: ModelConfig) -> None:
        super().__init__(shape, config, name="discriminator")
        layers = keras.layers
        hidden = []
        for factor in (16, 8, 4):
            width = factor * config.discriminator_width
            hidden += [layers.Dense(width), make_norm(config.discriminator_norm, width, rank=2), layers.LeakyReLU(0.2)]
        self.stack = keras.Sequential([*hidden, layers.Dense(1)])
        self.flatten = layers.Flatten()

    def call(self, inputs, training=None):
        images, labels = inputs
        hidden = tf.concat([self.flatten(images), tf.one_hot(labels, self.num_classes)], axis=-1)
        return tf.squeeze(self.stack(hidden, training=training), axis=-1)


def require_shape(shape: ImageShape) -> None:
    """Every shape can be made."""
