# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The conditional DCGAN for 28 to 32 pixels, in the layout of DPGAN (Bie, Kamath and Zhang 2023, appendix).

The discriminator sees the image and a map of the one-hot label, each through its own convolution. Widths and the
discriminator's normalisation are settings; the paper's are 64 and none. The generator differs from the paper's
transposed convolutions: it enlarges by bilinear interpolation and then convolves. Under noise that matters: the
transposed ones answered a noisy teacher with speckle, the interpolating ones with smooth strokes (docs/experiments).
"""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf
import tf_keras as keras

from tfdpgan.models import ModelConfig
from tfdpgan.models.channels import ChannelAxis, channel_axes_along
from tfdpgan.models.network import Network
from tfdpgan.models.normalization import make_norm
from tfdpgan.models.shapes import ImageShape

_LARGEST_SIDE = 32


class Generator(Network):
    """Dense, then twice bilinear enlargement and a convolution, with batch normalisation and ReLU between; tanh."""

    def __init__(self, shape: ImageShape, config: ModelConfig, channels: Sequence[int] | None = None) -> None:
        super().__init__(shape, config, "generator", channels)
        side, width = shape.height // 4, config.generator_width
        projected, refined = self._widths([2 * width, width])
        self.project = keras.layers.Dense(side * side * projected, use_bias=False)
        self.project_norm = keras.layers.BatchNormalization()
        self.fold = keras.layers.Reshape((side, side, projected))
        self.enlarge = keras.layers.UpSampling2D(interpolation="bilinear")
        self.refine = keras.layers.Conv2D(refined, 3, padding="same", use_bias=False)
        self.refine_norm = keras.layers.BatchNormalization()
        self.to_image = keras.layers.Conv2D(shape.channels, 5, padding="same")

    def call(self, inputs, training=None):
        latents, labels = inputs
        hidden = tf.concat([latents, tf.one_hot(labels, self.num_classes)], axis=-1)
        hidden = tf.nn.relu(self.project_norm(self.project(hidden), training=training))
        hidden = self.refine(self.enlarge(self.fold(hidden)))
        hidden = tf.nn.relu(self.refine_norm(hidden, training=training))
        return tf.tanh(self.to_image(self.enlarge(hidden)))

    def channel_axes(self) -> list[ChannelAxis]:
        """Between each layer and the next."""
        return channel_axes_along([self.project, self.project_norm, self.refine, self.refine_norm, self.to_image])


class Discriminator(Network):
    """Convolutions of widths w + w, 4w and 8w, then one over all that is left, to one channel: logits `[batch]`."""

    def __init__(self, shape: ImageShape, config: ModelConfig) -> None:
        super().__init__(shape, config, name="discriminator")
        width, norm = config.discriminator_width, config.discriminator_norm
        self.embed_image = keras.layers.Conv2D(width, 4, strides=2, padding="same")
        self.embed_label = keras.layers.Conv2D(width, 4, strides=2, padding="same")
        self.downsample = keras.layers.Conv2D(4 * width, 4, strides=2, padding="same")
        self.downsample_norm = make_norm(norm, 4 * width)
        self.deepen = keras.layers.Conv2D(8 * width, 3, strides=2, padding="same")
        self.deepen_norm = make_norm(norm, 8 * width)
        self.to_logit = keras.layers.Conv2D(1, -(-shape.height // 8))  # what three halvings leave: 4 pixels

    def call(self, inputs, training=None):
        images, labels = inputs
        label_map = tf.one_hot(labels, self.num_classes)[:, None, None, :] * tf.ones_like(images[..., :1])
        hidden = tf.concat([self.embed_image(images), self.embed_label(label_map)], axis=-1)
        hidden = tf.nn.leaky_relu(hidden, 0.2)
        hidden = tf.nn.leaky_relu(self.downsample_norm(self.downsample(hidden), training=training), 0.2)
        hidden = tf.nn.leaky_relu(self.deepen_norm(self.deepen(hidden), training=training), 0.2)
        return tf.reshape(self.to_logit(hidden), [-1])


def require_shape(shape: ImageShape) -> None:
    """Raises ConfigError for images that this pair cannot make."""
    way_out = "--architecture=dcgan64" if shape.height == 64 else "--image_size=28 or --image_size=32"
    shape.require_multiple_of_four("dcgan", _LARGEST_SIDE, way_out)
