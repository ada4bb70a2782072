# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The DCGAN for 64 pixels (Radford, Metz and Chintala 2016), by default with group normalisation in place of batch's.

Five 4x4 transposed convolutions against five 4x4 convolutions, without biases. With `--latent_dim=100` and
`--generator_width=64` the generator is the stock one: 3 574 784 convolution weights for three channels. Data with
classes add one-hot labels to the latents and to the channels of the image, and weights with them.

The generator's group normalisation (Wu and He 2018) is that of "Device-Friendly Privacy-Preserving GANs" (2024): it
keeps its statistics inside one image, so an image does not depend on its neighbours in the batch, on a phone neither.
`--generator_norm=batch` is the original's. Both have a scale and an offset, which pruning needs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain

import tensorflow as tf
import tf_keras as keras

from tfdpgan.config import ConfigError
from tfdpgan.models import ModelConfig
from tfdpgan.models.channels import ChannelAxis, channel_axes_along
from tfdpgan.models.network import Network
from tfdpgan.models.normalization import make_norm
from tfdpgan.models.shapes import ImageShape

GENERATOR_NORMS = ("group", "batch")  # the first is what --generator_norm leaves out
_SIDE = 64
_KERNEL = 4
_LARGEST_NUM_GROUPS = 32


class Generator(Network):
    """Latents as one pixel, then transposed convolutions of 8w, 4w, 2w, w channels with a norm and ReLU; tanh."""

    def __init__(self, shape: ImageShape, config: ModelConfig, channels: Sequence[int] | None = None) -> None:
        super().__init__(shape, config, "generator", channels)
        stock = [factor * config.generator_width for factor in (8, 4, 2, 1)]
        is_grouped = (config.generator_norm or GENERATOR_NORMS[0]) == "group"
        group_sizes = [width // math.gcd(width, _LARGEST_NUM_GROUPS) if is_grouped else 1 for width in stock]
        widths = self._widths(stock, group_sizes)
        self.enlargements = [_transposed_convolution(width, is_first=not index) for index, width in enumerate(widths)]
        self.norms = [
            keras.layers.GroupNormalization(width // size, epsilon=1e-5)
            if is_grouped
            else keras.layers.BatchNormalization()
            for width, size in zip(widths, group_sizes, strict=True)
        ]
        self.to_image = _transposed_convolution(shape.channels)

    def call(self, inputs, training=None):
        latents, labels = inputs
        if self.num_classes > 1:
            latents = tf.concat([latents, tf.one_hot(labels, self.num_classes)], axis=-1)
        hidden = latents[:, tf.newaxis, tf.newaxis, :]
        for enlarge, norm in zip(self.enlargements, self.norms, strict=True):
            hidden = tf.nn.relu(norm(enlarge(hidden), training=training))
        return tf.tanh(self.to_image(hidden))

    def channel_axes(self) -> list[ChannelAxis]:
        """Between each layer and the next."""
        hidden = chain.from_iterable(zip(self.enlargements, self.norms, strict=True))
        return channel_axes_along([*hidden, self.to_image])


class Discriminator(Network):
    """Convolutions of w, 2w, 4w, 8w channels, each halving the side, then one over what is left: logits `[batch]`."""

    def __init__(self, shape: ImageShape, config: ModelConfig) -> None:
        super().__init__(shape, config, name="discriminator")
        widths = [factor * config.discriminator_width for factor in (1, 2, 4, 8)]
        self.reductions = [_convolution(width) for width in widths]
        # As in the original, the first layer is not normalised.
        self.norms = [make_norm("none", widths[0])]
        self.norms += [make_norm(config.discriminator_norm, width) for width in widths[1:]]
        self.to_logit = _convolution(1, is_last=True)

    def call(self, inputs, training=None):
        hidden, labels = inputs
        if self.num_classes > 1:
            label_map = tf.one_hot(labels, self.num_classes)[:, None, None, :] * tf.ones_like(hidden[..., :1])
            hidden = tf.concat([hidden, label_map], axis=-1)
        for reduce, norm in zip(self.reductions, self.norms, strict=True):
            hidden = tf.nn.leaky_relu(norm(reduce(hidden), training=training), 0.2)
        return tf.reshape(self.to_logit(hidden), [-1])


def require_shape(shape: ImageShape) -> None:
    """Raises ConfigError for images that this pair cannot make."""
    if (shape.height, shape.width) != (_SIDE, _SIDE):
        raise ConfigError(
            f"--architecture=dcgan64 makes images of {_SIDE}x{_SIDE} pixels. Received: {shape.height}x{shape.width}. "
            f"Try --image_size={_SIDE}, or --architecture=dcgan for 28 or 32 pixels."
        )


def _transposed_convolution(channels: int, is_first: bool = False) -> keras.layers.Layer:
    """Doubles the side; the first makes 4x4 of one pixel."""
    return keras.layers.Conv2DTranspose(
        channels,
        _KERNEL,
        strides=1 if is_first else 2,
        padding="valid" if is_first else "same",
        use_bias=False,
        kernel_initializer=_initializer(),
    )


def _convolution(channels: int, is_last: bool = False) -> keras.layers.Layer:
    """Halves the side; the last makes one pixel of 4x4."""
    return keras.layers.Conv2D(
        channels,
        _KERNEL,
        strides=1 if is_last else 2,
        padding="valid" if is_last else "same",
        use_bias=False,
        kernel_initializer=_initializer(),
    )


def _initializer() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=0.02)
