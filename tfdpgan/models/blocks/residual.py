# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Residual blocks in the order of SNGAN (Miyato et al. 2018): normalise, activate, convolve.

Also AutoGAN's discriminator is made of them. Weights begin as published: Glorot uniform, with a gain of the square root
of 2 in the two large convolutions of a block; biases at 0.
"""

from __future__ import annotations

import tensorflow as tf
import tf_keras as keras

from tfdpgan.models.blocks.block import Block
from tfdpgan.models.normalization import make_norm
from tfdpgan.models.pixel_norm import SpectralConv2D, SpectralDense

SPECTRAL = "spectral"  # a choice of --discriminator_norm


class UpBlock(Block):
    """BN, ReLU, enlarge, 3x3, BN, ReLU, 3x3; beside it enlarge, 1x1; their sum. Doubles the side.

    Args:
        inner: channels between the two convolutions.
        outer: channels of the sum.
    """

    def __init__(self, inner: int, outer: int) -> None:
        super().__init__()
        self.outer_norm = keras.layers.BatchNormalization()
        self.enlarge = keras.layers.UpSampling2D()
        self.first = convolution(inner, 3)
        self.inner_norm = keras.layers.BatchNormalization()
        self.second = convolution(outer, 3)
        self.shortcut = convolution(outer, 1)

    def call(self, inputs, training=None):
        main = self.first(self.enlarge(tf.nn.relu(self.outer_norm(inputs, training=training))))
        main = self.second(tf.nn.relu(self.inner_norm(main, training=training)))
        return main + self.shortcut(self.enlarge(inputs))


class DownBlock(Block):
    """ReLU, 3x3, ReLU, 3x3, and by its side a shortcut; with a norm behind each large convolution, or spectral ones.

    Args:
        channels: of its output.
        norm: --discriminator_norm.
        is_first: it reads an image: no ReLU before it, and the shortcut reduces before it convolves.
        reduces: halves the side; without it, the shortcut is the identity.
    """

    def __init__(self, channels: int, norm: str, is_first: bool = False, reduces: bool = True) -> None:
        super().__init__()
        self._is_first, self._reduces, self._is_spectral = is_first, reduces, norm == SPECTRAL
        self.first = convolution(channels, 3, norm == SPECTRAL)
        self.second = convolution(channels, 3, norm == SPECTRAL)
        self.norms = [make_norm(norm, channels) for _ in range(2)]
        if reduces:
            self.shortcut = convolution(channels, 1, norm == SPECTRAL)

    def call(self, inputs, training=None):
        how = {"training": training} if self._is_spectral else {}
        main = inputs if self._is_first else tf.nn.relu(inputs)
        main = self.norms[0](self.first(main, **how), training=training)
        main = self.norms[1](self.second(tf.nn.relu(main), **how), training=training)
        if not self._reduces:
            return main + inputs
        if self._is_first:
            return _halve(main) + self.shortcut(_halve(inputs), **how)
        return _halve(main + self.shortcut(inputs, **how))


class Verdict(Block):
    """ReLU, the sum over space, one linear unit without a bias: logits `[batch]`; and the label's projection.

    The projection of the label on the features (Miyato and Koyama 2018) is there for data with classes alone.
    """

    def __init__(self, channels: int, num_classes: int, norm: str) -> None:
        super().__init__()
        dense = SpectralDense if norm == SPECTRAL else keras.layers.Dense
        self._num_classes, self._is_spectral = num_classes, norm == SPECTRAL
        self.to_logit = dense(1, use_bias=False, kernel_initializer="glorot_uniform")
        if num_classes > 1:
            self.embed = dense(channels, use_bias=False, kernel_initializer="glorot_uniform")

    def call(self, inputs, labels, training=None):
        how = {"training": training} if self._is_spectral else {}
        features = tf.reduce_sum(tf.nn.relu(inputs), axis=[1, 2])
        logits = tf.squeeze(self.to_logit(features, **how), axis=-1)
        if self._num_classes > 1:
            logits += tf.reduce_sum(features * self.embed(tf.one_hot(labels, self._num_classes), **how), axis=-1)
        return logits


def convolution(channels: int, size: int, is_spectral: bool = False) -> keras.layers.Layer:
    """Of stride 1, with the published start: gain 2 of the variance for 3x3, 1 for 1x1."""
    kind = SpectralConv2D if is_spectral else keras.layers.Conv2D
    scale = 2.0 if size == 3 else 1.0
    initializer = keras.initializers.VarianceScaling(scale, mode="fan_avg", distribution="uniform")
    return kind(channels, size, padding="same", kernel_initializer=initializer)


def _halve(images: tf.Tensor) -> tf.Tensor:
    return tf.nn.avg_pool2d(images, 2, 2, "VALID")
