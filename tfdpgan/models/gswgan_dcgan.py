# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The DCGAN of GS-WGAN (Chen, Orekondy and Fritz 2020) for 28 pixels, against its critic.

With `--generator_width=64 --latent_dim=10 --generator_norm=pixel` the generator is the published one of 1 114 305
weights: pixel normalisation behind each ReLU. Its channels have no scale that could be zero, so it cannot be slimmed;
the default is batch normalisation before each ReLU, which can. Images are in [-1, 1] by tanh where the paper has [0, 1]
by the logistic function: gradients of images are half as long here.
"""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf
import tf_keras as keras

from tfdpgan.config import ConfigError
from tfdpgan.models import ModelConfig
from tfdpgan.models.channels import ChannelAxis, channel_axes_along
from tfdpgan.models.network import Network
from tfdpgan.models.pixel_norm import PixelNormalization
from tfdpgan.models.projection_critic import ProjectionCritic
from tfdpgan.models.shapes import ImageShape

GENERATOR_NORMS = ("batch", "pixel")
Discriminator = ProjectionCritic
_SIDE = 28


class Generator(Network):
    """A dense layer to 4x4, then transposed convolutions to 7 (cropped from 8), 11 and 28 pixels; tanh."""

    def __init__(self, shape: ImageShape, config: ModelConfig, channels: Sequence[int] | None = None) -> None:
        super().__init__(shape, config, "generator", channels)
        self._has_pixel_norm = config.generator_norm == "pixel"
        first, second, third = self._widths([factor * config.generator_width for factor in (4, 2, 1)])
        layers = keras.layers
        self.project = layers.Dense(4 * 4 * first)
        self.fold = layers.Reshape((4, 4, first))
        self.enlargements = [layers.Conv2DTranspose(width, 5) for width in (second, third)]
        norm = PixelNormalization if self._has_pixel_norm else layers.BatchNormalization
        self.norms = [norm() for _ in range(3)]
        self.to_image = layers.Conv2DTranspose(shape.channels, 8, strides=2)

    def call(self, inputs, training=None):
        latents, labels = inputs
        hidden = self.project(tf.concat([latents, tf.one_hot(labels, self.num_classes)], axis=-1))
        if self._has_pixel_norm:
            hidden = self.norms[0](tf.nn.relu(self.fold(hidden)))
        else:
            hidden = self.fold(tf.nn.relu(self.norms[0](hidden, training=training)))
        for index, enlarge in enumerate(self.enlargements):
            if self._has_pixel_norm:
                hidden = self.norms[index + 1](tf.nn.relu(enlarge(hidden)))
            else:
                hidden = tf.nn.relu(self.norms[index + 1](enlarge(hidden), training=training))
            if index == 0:  # behind the norm, which a converter then folds into the layer before
                hidden = hidden[:, :7, :7]
        return tf.tanh(self.to_image(hidden))

    def channel_axes(self) -> list[ChannelAxis]:
        """Between each layer and the next; none with pixel normalisation."""
        if self._has_pixel_norm:
            return []
        first, second = self.enlargements
        return channel_axes_along(
            [self.project, self.norms[0], first, self.norms[1], second, self.norms[2], self.to_image]
        )


def require_shape(shape: ImageShape) -> None:
    """Raises ConfigError for images that this pair cannot make."""
    if (shape.height, shape.width) != (_SIDE, _SIDE):
        raise ConfigError(
            f"--architecture=gswgan_dcgan makes images of {_SIDE}x{_SIDE} pixels. Received: {shape.height}x"
            f"{shape.width}. Try --image_size={_SIDE}, or --architecture=gswgan_resnet for 32 pixels."
        )
