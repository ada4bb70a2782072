# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""StyleGAN2's generator and discriminator."""

from __future__ import annotations

import math
from collections.abc import Sequence

import tensorflow as tf
import tf_keras as keras

from tfdpgan.config import ConfigError
from tfdpgan.models import ModelConfig
from tfdpgan.models.blocks import equalized
from tfdpgan.models.blocks.block import Block
from tfdpgan.models.blocks.minibatch_stddev import MinibatchStddev
from tfdpgan.models.network import Network
from tfdpgan.models.pixel_norm import PixelNormalization
from tfdpgan.models.shapes import ImageShape
from tfdpgan.models.stylegan2.filters import blur, enlarge
from tfdpgan.models.stylegan2.modulated import Modulated, StyledLayer, activate
from tfdpgan.models.stylegan2.path_length import PathLengthPenalty

_MAPPING_RATE = 0.01


class Generator(Network):
    """Latents to styles; a learned 4x4 map; two styled layers for each doubling; colours of every size summed; tanh."""

    def __init__(self, shape: ImageShape, config: ModelConfig, channels: Sequence[int] | None = None) -> None:
        super().__init__(shape, config, "generator", channels)
        widths = _widths(shape.height, config.generator_width)
        self._mixing = config.style_mixing
        self._path_length_weight = config.path_length_weight
        self.normalize = PixelNormalization()
        style = 8 * config.generator_width
        self.mapping = [equalized.dense(style, rate=_MAPPING_RATE) for _ in range(config.mapping_layers)]
        self.constant = self.add_weight(
            "constant", [1, 4, 4, widths[0]], initializer=keras.initializers.RandomNormal(stddev=1.0)
        )
        self.styled = [StyledLayer(widths[0])]
        for width in widths[1:]:
            self.styled += [StyledLayer(width, enlarges=True), StyledLayer(width)]
        self.to_images = [Modulated(shape.channels, 1, demodulates=False) for _ in widths]
        self.image_biases = [
            self.add_weight(f"image_bias_{index}", [shape.channels], initializer="zeros")
            for index in range(len(widths))
        ]

    def call(self, inputs, training=None):
        latents, labels = inputs
        return self.synthesize(*self.styles_by_layer(latents, labels, training))

    def styles_by_layer(self, latents, labels, training=None):
        """For each styled layer and the last colours the styles `[n, width]`, and the seed of the noise or None."""
        styles = self._styles(latents, labels)
        if not training:
            return [styles] * (len(self.styled) + 1), None
        # A function of the latents: so a resumed run repeats it, and no state is kept.
        seed = tf.bitcast(tf.stack([latents[0, 0], latents[0, -1]]), tf.int32)
        return [tf.identity(part) for part in self._mixed(styles, latents, labels, seed)], seed

    def synthesize(self, by_layer, seed=None):
        """Images `[n, h, w, c]` in [-1, 1] of styles by layer."""
        hidden = tf.tile(self.constant, [tf.shape(by_layer[0])[0], 1, 1, 1])
        images = None
        for index, layer in enumerate(self.styled):
            hidden = layer(hidden, by_layer[index], None if seed is None else seed + [index + 1, 0])
            if index % 2 == 0:
                colours = self.to_images[index // 2](hidden, by_layer[index + 1]) + self.image_biases[index // 2]
                images = colours if images is None else enlarge(images) + colours
        return tf.tanh(images)

    def regularizer(self, rng):
        """The path length penalty, where `--path_length_weight` asks for it."""
        return PathLengthPenalty(self, self._path_length_weight, rng) if self._path_length_weight else None

    def never_pruned(self) -> list[tf.Variable]:
        """All that makes colours, as in Re-GAN's program."""
        return [*self.image_biases, *(weight for layer in self.to_images for weight in layer.weights)]

    def _styles(self, latents, labels):
        hidden = self.normalize(latents)
        if self.num_classes > 1:
            hidden = tf.concat([hidden, tf.one_hot(labels, self.num_classes)], axis=-1)
        for layer in self.mapping:
            hidden = activate(layer(hidden))
        return hidden

    def _mixed(self, styles, latents, labels, seed):
        """For each layer the styles, in some batches those of other latents from a random layer on."""
        if not self._mixing:
            return [styles] * (len(self.styled) + 1)
        others = self._styles(tf.random.stateless_normal(tf.shape(latents), seed), labels)
        draws = tf.random.stateless_uniform([2], seed + [0, 1])
        last = float(len(self.styled) + 1)
        first = tf.where(draws[0] < self._mixing, 1.0 + tf.floor(draws[1] * (last - 1.0)), last)
        return [tf.where(float(index) < first, styles, others) for index in range(int(last))]


class _Reduction(Block):
    """3x3, blur and 3x3 of stride 2; beside it blur and 1x1 of stride 2; their sum over sqrt(2). Halves the side."""

    def __init__(self, inner: int, outer: int) -> None:
        super().__init__()
        self.first = equalized.convolution(inner, 3)
        self.second = equalized.convolution(outer, 3, strides=2, padding="valid")
        self.shortcut = equalized.convolution(outer, 1, strides=2, padding="valid", use_bias=False)

    def call(self, inputs):
        main = activate(self.second(blur(activate(self.first(inputs)), 2)))
        return (main + self.shortcut(blur(inputs, 1))) / math.sqrt(2)


class Discriminator(Network):
    """A residual block for each halving, at 4x4 one convolution and two dense layers: logits `[batch]`."""

    def __init__(self, shape: ImageShape, config: ModelConfig) -> None:
        super().__init__(shape, config, name="discriminator")
        widths = _widths(shape.height, config.discriminator_width)
        self.from_image = equalized.convolution(widths[-1], 1)
        levels = range(len(widths) - 1, 0, -1)
        self.blocks = [_Reduction(widths[level], widths[level - 1]) for level in levels]
        self.compare = [MinibatchStddev(config.minibatch_stddev)] if config.minibatch_stddev else []
        self.last = equalized.convolution(widths[0], 3)
        self.flatten = keras.layers.Flatten()
        self.gather = equalized.dense(widths[0])
        self.to_logit = equalized.dense(1)
        if shape.num_classes > 1:
            self.embed = equalized.dense(widths[0], use_bias=False)

    def call(self, inputs, training=None):
        images, labels = inputs
        hidden = activate(self.from_image(images))
        for block in self.blocks:
            hidden = block(hidden)
        for layer in self.compare:
            hidden = layer(hidden)
        hidden = activate(self.gather(self.flatten(activate(self.last(hidden)))))
        logits = tf.squeeze(self.to_logit(hidden), axis=-1)
        if self.num_classes > 1:
            logits += tf.reduce_sum(hidden * self.embed(tf.one_hot(labels, self.num_classes)), axis=-1)
        return logits


def require_shape(shape: ImageShape) -> None:
    """Raises ConfigError for images that this pair cannot make."""
    if shape.height != shape.width or shape.height not in (8, 16, 32, 64, 128, 256, 512, 1024):
        raise ConfigError(
            "--architecture=stylegan2 makes square images of 8, 16, 32, ... 1024 pixels. Received: "
            f"{shape.height}x{shape.width}. Try --image_size=32."
        )


def _widths(side: int, width: int) -> list[int]:
    """Channels at 4, 8, ... pixels: with `width` 64, 512 up to 64 pixels, then half as many for each doubling."""
    return [min(512 * width // 2**r, 8 * width) for r in range(2, round(math.log2(side)) + 1)]
