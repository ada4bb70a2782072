# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Layers with an equalised learning rate (Karras et al. 2018, section 4.1)."""

from __future__ import annotations

import math

import tf_keras as keras

from tfdpgan.models.blocks.block import Block


class Equalized(Block):
    """A plain layer whose kernel begins as standard normal numbers, and whose inputs are scaled in its place.

    With gain / sqrt(fan_in) on the inputs the layer computes what the published one does, which scales its kernel at
    run time, and has the same gradients. The layer itself stays a plain one: book-keeping serves it, and its kernel can
    be pruned and quantised.

    Args:
        layer: dense or convolutional, as `dense` and `convolution` make it.
        gain: of the layer; the published ones have sqrt(2) before a rectifier and 1 elsewhere.
        rate: learning rate multiplier; also the bias learns so much more slowly.
    """

    def __init__(self, layer: keras.layers.Layer, gain: float = 1.0, rate: float = 1.0) -> None:
        super().__init__()
        self.layer = layer
        self._gain, self._rate = gain, rate

    def build(self, input_shape):
        size = math.prod(getattr(self.layer, "kernel_size", ()))
        self._scale = self._gain / math.sqrt(input_shape[-1] * size)
        super().build(input_shape)

    def call(self, inputs):
        outputs = self.layer(inputs * self._scale)
        return outputs if self._rate == 1.0 else outputs * self._rate


def dense(units: int, gain: float = 1.0, rate: float = 1.0, use_bias: bool = True, bias: float = 0.0) -> Equalized:
    """A dense one. `bias`: where the bias starts."""
    layer = keras.layers.Dense(
        units,
        use_bias=use_bias,
        kernel_initializer=_start(rate),
        bias_initializer=keras.initializers.Constant(bias / rate),
    )
    return Equalized(layer, gain, rate)


def convolution(
    channels: int, size: int, gain: float = 1.0, strides: int = 1, padding: str = "same", use_bias: bool = True
) -> Equalized:
    """A convolution."""
    layer = keras.layers.Conv2D(
        channels, size, strides, padding=padding, use_bias=use_bias, kernel_initializer=_start(1.0)
    )
    return Equalized(layer, gain)


def _start(rate: float) -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=1.0 / rate)
