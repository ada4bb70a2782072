# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Convolutions whose kernel a style scales, for each image anew."""

from __future__ import annotations

import math

import tensorflow as tf
import tf_keras as keras

from tfdpgan.models.blocks import equalized
from tfdpgan.models.blocks.block import Block
from tfdpgan.models.stylegan2.filters import blur


class Modulated(Block):
    """A convolution whose input channels a style scales, and whose outputs are brought back to unit variance.

    The published program makes a kernel for each image. Scaling the inputs by the style, and the outputs by
    1 / sqrt(sum over inputs and pixels of (style * kernel)^2), computes the same with one kernel.

    Args:
        channels: of the output.
        size: of the kernel, 3 or 1.
        enlarges: doubles the side, by a transposed convolution and a blur.
        demodulates: brings the outputs back.
    """

    def __init__(self, channels: int, size: int, enlarges: bool = False, demodulates: bool = True) -> None:
        super().__init__()
        self.style = None
        self._channels, self._size = channels, size
        self._enlarges, self._demodulates = enlarges, demodulates
        kind = keras.layers.Conv2DTranspose if enlarges else keras.layers.Conv2D
        self.layer = kind(
            channels,
            size,
            strides=2 if enlarges else 1,
            padding="valid" if enlarges else "same",
            use_bias=False,
            kernel_initializer=keras.initializers.RandomNormal(stddev=1.0),
        )

    def build(self, input_shape):
        self.style = equalized.dense(input_shape[-1], bias=1.0)
        self._scale = 1.0 / math.sqrt(input_shape[-1] * self._size**2)
        super().build(input_shape)

    def call(self, inputs, styles):
        scales = self._scale * self.style(styles)
        outputs = self.layer(inputs * scales[:, tf.newaxis, tf.newaxis, :])
        if self._demodulates:
            squares = tf.reduce_sum(self.layer.kernel**2, axis=[0, 1])  # [inputs, outputs], or transposed
            lengths = tf.matmul(scales * scales, squares, transpose_b=self._enlarges) + 1e-8
            outputs *= tf.math.rsqrt(lengths)[:, tf.newaxis, tf.newaxis, :]
        return blur(outputs, 1, gain=4.0) if self._enlarges else outputs


class StyledLayer(Block):
    """A modulated 3x3 convolution, noise of a learned strength, a bias, leaky ReLU with gain sqrt(2)."""

    def __init__(self, channels: int, enlarges: bool = False) -> None:
        super().__init__()
        self.convolve = Modulated(channels, 3, enlarges)
        self._channels = channels

    def build(self, input_shape):
        self.strength = self.add_weight("strength", [], initializer="zeros")
        self.bias = self.add_weight("bias", [self._channels], initializer="zeros")
        super().build(input_shape)

    def call(self, inputs, styles, seed=None):
        """`seed`: `[2]` int32 of the noise; None for none."""
        hidden = self.convolve(inputs, styles)
        if seed is not None:
            hidden += self.strength * tf.random.stateless_normal(tf.shape(hidden[..., :1]), seed)
        return activate(hidden + self.bias)


def activate(hidden: tf.Tensor) -> tf.Tensor:
    """Leaky ReLU of slope 0.2, and the gain that keeps the variance."""
    return math.sqrt(2) * tf.nn.leaky_relu(hidden, 0.2)
