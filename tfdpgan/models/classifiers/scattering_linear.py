# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A linear classifier of scattering coefficients: few weights behind features that nobody had to learn.

Tramer and Boneh 2021, "Differentially private learning needs better features (or much more data)": scattering of two
scales, eight orientations and two orders (Bruna and Mallat 2013), normalised image by image in 27 groups, then one
dense layer. Where we differ: wavelets are truncated to 7 and 11 pixels, the coarse scale is computed at half the
resolution, borders are padded by zeros, and the modulus is smoothed by 1e-6.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.models.classifiers import ClassifierSettings
from tfdpgan.models.classifiers.fixed_front import FixedFront
from tfdpgan.models.shapes import ImageShape
from tfdpgan.models.wavelets import moduli, morlet_wavelets

_NUM_ORIENTATIONS = 8
_BLOCK = 4  # pixels from one average to the next
_SPREAD = 1.6  # pixels, of the average
_NUM_GROUPS = 27
_SMOOTHING = 1e-6
_EPSILON = 1e-5


def build(shape: ImageShape, settings: ClassifierSettings) -> keras.Sequential:
    """The network for images of this shape; no setting shapes it."""
    del settings
    return keras.Sequential(
        [keras.layers.InputLayer(shape[:3]), Scattering(), keras.layers.Dense(shape.num_classes)], name="classifier"
    )


@keras.saving.register_keras_serializable(package="tfdpgan")
class Scattering(FixedFront):
    """Normalised scattering coefficients: images `[batch, h, w, c]` to `[batch, ceil(h/4) * ceil(w/4) * 81 c]`.

    For each channel an average, 16 averages of moduli of its wavelet transform and 64 of moduli of the fine ones again
    transformed, at the coarse scale; each group of 3 c of these maps has mean 0 and variance 1 for each image.
    """

    def call(self, images):
        """Float32 coefficients, each image's from that image alone."""
        _, height, width, channels = images.shape
        planes = tf.reshape(tf.transpose((images + 1.0) / 2.0, [0, 3, 1, 2]), [-1, height, width, 1])
        fine_filters, coarse_filters = (morlet_wavelets(scale, _NUM_ORIENTATIONS) for scale in (0, 1))
        fine = moduli(planes, fine_filters, 1, _SMOOTHING)
        coarse = moduli(planes, coarse_filters, 2, _SMOOTHING)
        singly = tf.reshape(tf.transpose(fine, [0, 3, 1, 2]), [-1, height, width, 1])
        second = moduli(singly, coarse_filters, 2, _SMOOTHING)
        second = tf.reshape(second, [-1, _NUM_ORIENTATIONS, *second.shape[1:]])
        second = tf.reshape(tf.transpose(second, [0, 2, 3, 1, 4]), [-1, *coarse.shape[1:3], _NUM_ORIENTATIONS**2])
        maps = tf.concat([_averages(part, height, width) for part in (planes, fine, coarse, second)], axis=-1)
        rows, columns, count = maps.shape[1:]
        maps = tf.reshape(maps, [-1, channels, rows, columns, count])
        grouped = tf.reshape(tf.transpose(maps, [0, 2, 3, 1, 4]), [-1, rows * columns, _NUM_GROUPS, channels * 3])
        mean, variance = tf.nn.moments(grouped, axes=[1, 3], keepdims=True)
        normal = (grouped - mean) * tf.math.rsqrt(variance + _EPSILON)
        return tf.reshape(normal, [-1, rows * columns * channels * count])


def _averages(maps: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """Gaussian means of maps `[batch, h, w, n]` at the middles of blocks of 4x4 of the image's pixels."""
    return tf.einsum("ph,bhwn,qw->bpqn", _weights(maps.shape[1], height), maps, _weights(maps.shape[2], width))


def _weights(size: int, pixels: int) -> tf.Tensor:
    """`[ceil(pixels / 4), size]`: rows that sum to 1, for places which are `pixels / size` pixels apart."""
    middles = (np.arange(-(-pixels // _BLOCK)) + 0.5) * _BLOCK
    places = (np.arange(size) + 0.5) * (pixels / size)
    weights = np.exp(-((middles[:, None] - places) ** 2) / (2 * _SPREAD**2))
    return tf.constant(weights / weights.sum(axis=1, keepdims=True), tf.float32)
