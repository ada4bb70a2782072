# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The pair of "Generating Differentially Private Datasets Using Deep Learning" (Wincott 2020, section 5).

Unconditional. The report gives the order of the layers and the discriminator's dense width of 32, not the other
widths: those are settings here (generator_width, discriminator_width), the kernels are the 5x5 of the DCGAN that it
started from.
"""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf
import tf_keras as keras

from tfdpgan.config import ConfigError
from tfdpgan.models import ModelConfig
from tfdpgan.models.channels import ChannelAxis, channel_axes_along
from tfdpgan.models.network import Network
from tfdpgan.models.normalization import make_norm
from tfdpgan.models.shapes import ImageShape

_LARGEST_SIDE = 64
_FIRST_DENSE_UNITS = 256
_DISCRIMINATOR_DENSE_UNITS = 32


class Generator(Network):
    """Two dense layers, then twice upsampling and a convolution; batch normalisation and ReLU between; tanh."""

    def __init__(self, shape: ImageShape, config: ModelConfig, channels: Sequence[int] | None = None) -> None:
        super().__init__(shape, config, "generator", channels)
        side, width, layers = shape.height // 4, config.generator_width, keras.layers
        first, projected, refined = self._widths([_FIRST_DENSE_UNITS, width, width])
        self.stack = keras.Sequential(
            [
                layers.Dense(first, use_bias=False),
                layers.BatchNormalization(),
                layers.ReLU(),
                layers.Dense(side * side * projected, use_bias=False),
                layers.BatchNormalization(),
                layers.ReLU(),
                layers.Reshape((side, side, projected)),
                layers.UpSampling2D(),
                layers.Conv2D(refined, 5, padding="same", use_bias=False),
                layers.BatchNormalization(),
                layers.ReLU(),
                layers.UpSampling2D(),
                layers.Conv2D(shape.channels, 5, padding="same", activation="tanh"),
            ]
        )

    def call(self, inputs, training=None):
        latents, _ = inputs
        return self.stack(latents, training=training)

    def channel_axes(self) -> list[ChannelAxis]:
        """Between each layer and the next."""
        return channel_axes_along(self.stack.layers)


class Discriminator(Network):
    """Two convolutions, each followed by max pooling, then dense 32 and dense 1: logits `[batch]`."""

    def __init__(self, shape: ImageShape, config: ModelConfig) -> None:
        super().__init__(shape, config, name="discriminator")
        width, norm, layers = config.discriminator_width, config.discriminator_norm, keras.layers
        self.stack = keras.Sequential(
            [
                layers.Conv2D(width, 5, padding="same"),
                make_norm(norm, width),
                layers.LeakyReLU(0.2),
                layers.MaxPooling2D(),
                layers.Conv2D(2 * width, 5, padding="same"),
                make_norm(norm, 2 * width),
                layers.LeakyReLU(0.2),
                layers.MaxPooling2D(),
                layers.Flatten(),
                layers.Dense(_DISCRIMINATOR_DENSE_UNITS),
                layers.LeakyReLU(0.2),
                layers.Dense(1),
            ]
        )

    def call(self, inputs, training=None):
        images, _ = inputs
        return tf.squeeze(self.stack(images, training=training), axis=-1)


def require_shape(shape: ImageShape) -> None:
    """Raises ConfigError for images that this pair cannot make, and for classes, which it does not know."""
    shape.require_multiple_of_four("dcgan2020", _LARGEST_SIDE, "--image_size=28 or --image_size=32")
    if shape.num_classes > 1:
        raise ConfigError(
            f"--architecture=dcgan2020 is unconditional and the data has {shape.num_classes} classes. "
            "Add --noconditional, or use --architecture=dcgan."
        )
