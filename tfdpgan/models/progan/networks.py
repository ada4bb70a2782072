# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""ProGAN's generator and discriminator."""

from __future__ import annotations

import math
from collections.abc import Sequence

import tensorflow as tf
import tf_keras as keras

from tfdpgan.config import ConfigError
from tfdpgan.models import ModelConfig
from tfdpgan.models.blocks import equalized
from tfdpgan.models.blocks.minibatch_stddev import MinibatchStddev
from tfdpgan.models.network import Network
from tfdpgan.models.pixel_norm import PixelNormalization
from tfdpgan.models.progan.growth import Growth
from tfdpgan.models.shapes import ImageShape

_RELU_GAIN = math.sqrt(2)


class Generator(Network):
    """Latents on the sphere, 4x4, two convolutions for each doubling, leaky ReLU and pixel norm behind; tanh."""

    def __init__(self, shape: ImageShape, config: ModelConfig, channels: Sequence[int] | None = None) -> None:
        super().__init__(shape, config, "generator", channels)
        widths = _widths(shape.height, config.generator_width)
        self._first_width, self._num_levels = widths[0], len(widths) - 1
        grown = keras.initializers.Constant(self._num_levels)
        level = self.add_weight("level", [], initializer=grown, trainable=False)
        self.growth = Growth(config.growth_share, self._num_levels, level)
        self.normalize = PixelNormalization()
        self.enlarge = keras.layers.UpSampling2D()
        self.project = equalized.dense(4 * 4 * widths[0], gain=_RELU_GAIN / 4, use_bias=False)
        self.first_bias = self.add_weight("first_bias", [widths[0]], initializer="zeros")
        self.convolutions = [equalized.convolution(widths[0], 3, _RELU_GAIN)]
        for width in widths[1:]:
            self.convolutions += [equalized.convolution(width, 3, _RELU_GAIN) for _ in range(2)]
        self.to_images = [equalized.convolution(shape.channels, 1) for _ in widths]

    def call(self, inputs, training=None):
        latents, labels = inputs
        hidden = self.normalize(latents)
        if self.num_classes > 1:
            hidden = tf.concat([hidden, tf.one_hot(labels, self.num_classes)], axis=-1)
        hidden = tf.reshape(self.project(hidden), [-1, 4, 4, self._first_width]) + self.first_bias
        hidden = self._convolved(self.normalize(tf.nn.leaky_relu(hidden, 0.2)), 0)
        is_grown = self.to_images[0].built and not training and self.growth.is_complete()
        images = None if is_grown else self.to_images[0](hidden)
        for level in range(1, self._num_levels + 1):
            hidden = self._convolved(self._convolved(self.enlarge(hidden), 2 * level - 1), 2 * level)
            if not is_grown:
                images, share = self.enlarge(images), self.growth.above(level - 1)
                images += share * (self.to_images[level](hidden) - images)
        return tf.tanh(self.to_images[-1](hidden) if is_grown else images)

    def grow(self, progress: float) -> None:
        """Grows as far as a share of the training asks."""
        self.growth.grow(progress)

    def _convolved(self, hidden, index):
        return self.normalize(tf.nn.leaky_relu(self.convolutions[index](hidden), 0.2))


class Discriminator(Network):
    """Two convolutions for each halving, then at 4x4 one, and two dense layers: logits `[batch]`."""

    def __init__(self, shape: ImageShape, config: ModelConfig) -> None:
        super().__init__(shape, config, name="discriminator")
        widths = _widths(shape.height, config.discriminator_width)
        self._num_levels = len(widths) - 1
        self.growth = Growth(config.growth_share, self._num_levels)
        self.from_images = [equalized.convolution(width, 1, _RELU_GAIN) for width in widths]
        self.first = [equalized.convolution(width, 3, _RELU_GAIN) for width in widths]
        self.second = [equalized.convolution(width, 3, _RELU_GAIN) for width in widths[:-1]]  # of the level above
        self.compare = [MinibatchStddev(config.minibatch_stddev)] if config.minibatch_stddev else []
        self.flatten = keras.layers.Flatten()
        self.gather = equalized.dense(widths[0], _RELU_GAIN)
        self.to_logit = equalized.dense(1)
        if shape.num_classes > 1:
            self.embed = equalized.dense(widths[0], use_bias=False)

    def call(self, inputs, training=None):
        images, labels = inputs
        hidden = tf.nn.leaky_relu(self.from_images[-1](images), 0.2)
        for level in range(self._num_levels, 0, -1):
            hidden = tf.nn.leaky_relu(self.first[level](hidden), 0.2)
            hidden = _halve(tf.nn.leaky_relu(self.second[level - 1](hidden), 0.2))
            images = _halve(images)
            smaller = tf.nn.leaky_relu(self.from_images[level - 1](images), 0.2)
            hidden = smaller + self.growth.above(level - 1) * (hidden - smaller)
        for layer in self.compare:
            hidden = layer(hidden)
        hidden = tf.nn.leaky_relu(self.first[0](hidden), 0.2)
        hidden = tf.nn.leaky_relu(self.gather(self.flatten(hidden)), 0.2)
        logits = tf.squeeze(self.to_logit(hidden), axis=-1)
        if self.num_classes > 1:
            logits += tf.reduce_sum(hidden * self.embed(tf.one_hot(labels, self.num_classes)), axis=-1)
        return logits

    def grow(self, progress: float) -> None:
        """Grows as far as a share of the training asks."""
        self.growth.grow(progress)


def require_shape(shape: ImageShape) -> None:
    """Raises ConfigError for images that this pair cannot make."""
    if shape.height != shape.width or shape.height not in (8, 16, 32, 64, 128, 256, 512, 1024):
        raise ConfigError(
            "--architecture=progan makes square images of 8, 16, 32, ... 1024 pixels. Received: "
            f"{shape.height}x{shape.width}. Try --image_size=32."
        )


def _widths(side: int, width: int) -> list[int]:
    """Channels at 4, 8, ... pixels: as published, min(8192 / 2^(r - 1), 512) at 2^r with `width` 64."""
    return [min(128 * width // 2 ** (r - 1), 8 * width) for r in range(2, round(math.log2(side)) + 1)]


def _halve(images: tf.Tensor) -> tf.Tensor:
    return tf.nn.avg_pool2d(images, 2, 2, "VALID")
