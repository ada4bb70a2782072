# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""AutoGAN's cells, the generator of three of them, and its discriminator."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import tensorflow as tf
import tf_keras as keras

from tfdpgan.config import ConfigError
from tfdpgan.models import ModelConfig
from tfdpgan.models.blocks.block import Block
from tfdpgan.models.blocks.residual import convolution
from tfdpgan.models.blocks.residual_discriminator import DISCRIMINATOR_NORMS
from tfdpgan.models.blocks.residual_discriminator import ResidualDiscriminator as Discriminator
from tfdpgan.models.channels import ChannelAxis, axis_between
from tfdpgan.models.network import Network
from tfdpgan.models.shapes import ImageShape

__all__ = ["DISCRIMINATOR_NORMS", "Discriminator", "Generator", "require_shape"]
_SIDE = 32
_NUM_CELLS = 3


@dataclasses.dataclass(frozen=True)
class _Gene:
    """What the search chose for a cell: how it enlarges, whether it has a shortcut, whether it normalises."""

    enlarge: str
    has_shortcut: bool
    is_normed: bool = False


_GENOTYPES = {
    "A": (_Gene("nearest", True), _Gene("bilinear", True), _Gene("nearest", False)),
    "B": (_Gene("nearest", True), _Gene("nearest", True), _Gene("nearest", True)),
    "C": (_Gene("nearest", True, True), _Gene("bilinear", True), _Gene("nearest", False)),
}


class Cell(Block):
    """[BN], ReLU, enlarge, 3x3, plus what earlier cells hand on; [BN], ReLU, 3x3; plus a shortcut. Doubles the side.

    Args:
        gene: what the search chose.
        width: channels inside.
        outer: channels of its output.
        number: of the cell, from 0: so many earlier cells hand on their inner maps, each through a 1x1 of its own.
    """

    def __init__(self, gene: _Gene, width: int, outer: int, number: int) -> None:
        super().__init__()
        self.norms = [keras.layers.BatchNormalization() for _ in range(2 * gene.is_normed)]
        self.enlarge = keras.layers.UpSampling2D(interpolation=gene.enlarge)
        self.first, self.second = convolution(width, 3), convolution(outer, 3)
        self.skips = [convolution(width, 1) for _ in range(number)]
        self.resizes = [
            keras.layers.UpSampling2D(2 ** (number - earlier), interpolation=gene.enlarge) for earlier in range(number)
        ]
        self.shortcut = convolution(outer, 1) if gene.has_shortcut else None

    def call(self, inputs, earlier, training=None):
        hidden = self.norms[0](inputs, training=training) if self.norms else inputs
        inner = self.first(self.enlarge(tf.nn.relu(hidden)))
        for skip, resize, maps in zip(self.skips, self.resizes, earlier, strict=True):
            inner += skip(resize(maps))
        hidden = self.norms[1](inner, training=training) if self.norms else inner
        outputs = self.second(tf.nn.relu(hidden))
        if self.shortcut is not None:
            outputs += self.shortcut(self.enlarge(inputs))
        return outputs, inner


class Generator(Network):
    """A dense layer to 4x4 of 4w channels, three cells, BN, ReLU, one convolution; tanh."""

    def __init__(self, shape: ImageShape, config: ModelConfig, channels: Sequence[int] | None = None) -> None:
        super().__init__(shape, config, "generator", channels)
        stream = 4 * config.generator_width
        outer = [stream] * (_NUM_CELLS - 1) + self._widths([stream])
        genes = _GENOTYPES[config.autogan_genotype]
        self.project = keras.layers.Dense(4 * 4 * stream)
        self.fold = keras.layers.Reshape((4, 4, stream))
        self.cells = [Cell(gene, stream, outer[number], number) for number, gene in enumerate(genes)]
        self.norm = keras.layers.BatchNormalization()
        self.to_image = keras.layers.Conv2D(shape.channels, 3, padding="same")

    def call(self, inputs, training=None):
        latents, labels = inputs
        if self.num_classes > 1:
            latents = tf.concat([latents, tf.one_hot(labels, self.num_classes)], axis=-1)
        hidden, handed_on = self.fold(self.project(latents)), []
        for cell in self.cells:
            hidden, inner = cell(hidden, list(handed_on), training=training)
            handed_on.append(inner)
        return tf.tanh(self.to_image(tf.nn.relu(self.norm(hidden, training=training))))

    def channel_axes(self) -> list[ChannelAxis]:
        """Behind the last cell: every other channel is read somewhere before a normalisation."""
        last = self.cells[-1]
        writers = [last.second] if last.shortcut is None else [last.second, last.shortcut]
        return [axis_between(self.norm, writers, [self.to_image])]


def require_shape(shape: ImageShape) -> None:
    """Raises ConfigError for images that this pair cannot make."""
    if (shape.height, shape.width) != (_SIDE, _SIDE):
        raise ConfigError(
            f"--architecture=autogan makes images of {_SIDE}x{_SIDE} pixels, for which it was searched. Received: "
            f"{shape.height}x{shape.width}. Try --image_size={_SIDE}, or --architecture=sngan."
        )
