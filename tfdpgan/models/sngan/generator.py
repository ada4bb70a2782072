# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""SNGAN's residual generator."""

from __future__ import annotations

import math
from collections.abc import Sequence

import tensorflow as tf
import tf_keras as keras

from tfdpgan.config import ConfigError
from tfdpgan.models import ModelConfig
from tfdpgan.models.blocks.residual import UpBlock
from tfdpgan.models.channels import ChannelAxis, axis_between
from tfdpgan.models.network import Network
from tfdpgan.models.shapes import ImageShape

_SIDES = (32, 64, 128)


class Generator(Network):
    """A dense layer to 4x4 of 4w channels, residual blocks that double the side, BN, ReLU, one convolution; tanh."""

    def __init__(self, shape: ImageShape, config: ModelConfig, channels: Sequence[int] | None = None) -> None:
        super().__init__(shape, config, "generator", channels)
        stream, num_blocks = 4 * config.generator_width, round(math.log2(shape.height)) - 2
        *inner, last = self._widths([stream] * (num_blocks + 1))
        self.project = keras.layers.Dense(4 * 4 * stream)
        self.fold = keras.layers.Reshape((4, 4, stream))
        outer = [stream] * (num_blocks - 1) + [last]
        self.blocks = [UpBlock(within, behind) for within, behind in zip(inner, outer, strict=True)]
        self.norm = keras.layers.BatchNormalization()
        self.to_image = keras.layers.Conv2D(shape.channels, 3, padding="same")

    def call(self, inputs, training=None):
        latents, labels = inputs
        if self.num_classes > 1:
            latents = tf.concat([latents, tf.one_hot(labels, self.num_classes)], axis=-1)
        hidden = self.fold(self.project(latents))
        for block in self.blocks:
            hidden = block(hidden, training=training)
        return tf.tanh(self.to_image(tf.nn.relu(self.norm(hidden, training=training))))

    def channel_axes(self) -> list[ChannelAxis]:
        """Inside each block, and behind the last."""
        axes = [axis_between(block.inner_norm, [block.first], [block.second]) for block in self.blocks]
        last = self.blocks[-1]
        return [*axes, axis_between(self.norm, [last.second, last.shortcut], [self.to_image])]


def require_shape(shape: ImageShape) -> None:
    """Raises ConfigError for images that this pair cannot make."""
    if shape.height != shape.width or shape.height not in _SIDES:
        raise ConfigError(
            f"--architecture=sngan makes images of 32x32, 64x64 or 128x128 pixels. Received: {shape.height}x"
            f"{shape.width}. Try --image_size=32."
        )
