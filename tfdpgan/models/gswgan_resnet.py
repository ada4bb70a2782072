# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The residual network of GS-WGAN (Chen, Orekondy and Fritz 2020) for 28 and 32 pixels, against its critic.

With `--generator_width=64 --latent_dim=10 --generator_norm=pixel` the generator is the published one of 3 826 177
weights for one channel: pixel normalisation, and every kernel spectrally normalised. Its channels have no scale that
could be zero, so it cannot be slimmed. The default can: batch normalisation and ReLU inside each block and behind each
sum, without spectral normalisation. Images are in [-1, 1] by tanh where the paper has [0, 1] by the logistic function:
gradients of images are half as long here.
"""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf
import tf_keras as keras

from tfdpgan.config import ConfigError
from tfdpgan.models import ModelConfig
from tfdpgan.models.channels import ChannelAxis
from tfdpgan.models.network import Network
from tfdpgan.models.pixel_norm import PixelNormalization, SpectralConv2D, SpectralDense
from tfdpgan.models.projection_critic import ProjectionCritic
from tfdpgan.models.shapes import ImageShape

GENERATOR_NORMS = ("batch", "pixel")
Discriminator = ProjectionCritic
_SIDES = (28, 32)
_NUM_BLOCKS = 3


class Generator(Network):
    """A dense layer to 4x4, three residual blocks that double the side, one convolution; tanh. Cut for 28 pixels."""

    def __init__(self, shape: ImageShape, config: ModelConfig, channels: Sequence[int] | None = None) -> None:
        super().__init__(shape, config, "generator", channels)
        is_published = config.generator_norm == "pixel"
        self._is_published, self._is_cropped = is_published, shape.height == _SIDES[0]
        # The stream's first width, then the inner and the stream's width of each block.
        widths = self._widths([4 * config.generator_width] * (1 + 2 * _NUM_BLOCKS))
        inner, stream = widths[1::2], widths[2::2]
        conv = SpectralConv2D if is_published else keras.layers.Conv2D
        norm = PixelNormalization if is_published else keras.layers.BatchNormalization
        self.project = (SpectralDense if is_published else keras.layers.Dense)(4 * 4 * widths[0])
        self.fold = keras.layers.Reshape((4, 4, widths[0]))
        self.enlarge = keras.layers.UpSampling2D()
        self.first_norm = norm()
        self.first_convolutions = [conv(width, 3, padding="same") for width in inner]
        self.second_convolutions = [conv(width, 3, padding="same") for width in stream]
        self.shortcuts = [conv(width, 1) for width in stream]
        self.inner_norms = [norm() for _ in inner]
        self.stream_norms = [norm() for _ in stream]
        self.to_image = conv(shape.channels, 3, padding="valid" if self._is_cropped else "same")

    def call(self, inputs, training=None):
        latents, labels = inputs
        hidden = self.project(tf.concat([latents, tf.one_hot(labels, self.num_classes)], axis=-1), training=training)
        make = self._published_stream if self._is_published else self._batch_normalized_stream
        images = tf.tanh(self.to_image(make(hidden, training)))
        return images[:, 1:-1, 1:-1] if self._is_cropped else images

    def _published_stream(self, hidden, training):
        hidden = self.first_norm(tf.nn.relu(self.fold(hidden)))
        blocks = (
            self.first_convolutions,
            self.second_convolutions,
            self.shortcuts,
            self.inner_norms,
            self.stream_norms,
        )
        for first, second, shortcut, inner_norm, stream_norm in zip(*blocks, strict=True):
            main = first(self.enlarge(stream_norm(hidden)), training=training)
            main = second(tf.nn.relu(inner_norm(main)), training=training)
            hidden = main + shortcut(self.enlarge(hidden), training=training)
        return hidden

    def _batch_normalized_stream(self, hidden, training):
        hidden = self.fold(tf.nn.relu(self.first_norm(hidden, training=training)))
        blocks = (
            self.first_convolutions,
            self.second_convolutions,
            self.shortcuts,
            self.inner_norms,
            self.stream_norms,
        )
        for first, second, shortcut, inner_norm, stream_norm in zip(*blocks, strict=True):
            enlarged = self.enlarge(hidden)
            main = tf.nn.relu(inner_norm(first(enlarged), training=training))
            hidden = tf.nn.relu(stream_norm(second(main) + shortcut(enlarged), training=training))
        return hidden

    def channel_axes(self) -> list[ChannelAxis]:
        """The stream before the blocks, then inside and behind each block; none with pixel normalisation."""
        if self._is_published:
            return []
        readers = [[first, shortcut] for first, shortcut in zip(self.first_convolutions, self.shortcuts, strict=True)]
        readers.append([self.to_image])
        axes = [_axis(self.first_norm, [self.project], readers[0])]
        for index, (first, second) in enumerate(zip(self.first_convolutions, self.second_convolutions, strict=True)):
            axes.append(_axis(self.inner_norms[index], [first], [second]))
            axes.append(_axis(self.stream_norms[index], [second, self.shortcuts[index]], readers[index + 1]))
        return axes


def _axis(norm, writers, readers) -> ChannelAxis:
    """The channels that some layers write, in a sum, and others read."""
    outputs = [(tensor, tensor.shape.rank - 1) for layer in writers for tensor in (layer.kernel, layer.bias)]
    return ChannelAxis(norm, (*outputs, *((layer.kernel, 2) for layer in readers)), readers[0].kernel.shape[2])


def require_shape(shape: ImageShape) -> None:
    """Raises ConfigError for images that this pair cannot make."""
    if shape.height != shape.width or shape.height not in _SIDES:
        raise ConfigError(
            f"--architecture=gswgan_resnet makes images of 28x28 or 32x32 pixels. Received: {shape.height}x"
            f"{shape.width}. Try --image_size=28 or --image_size=32."
        )
