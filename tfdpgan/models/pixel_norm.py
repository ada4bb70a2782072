# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Pixel normalisation, and layers with a spectrally normalised kernel."""

from __future__ import annotations

import tensorflow as tf
import tf_keras as keras


class PixelNormalization(keras.layers.Layer):
    """Divides each pixel's vector of channels by its root mean square (Karras et al. 2018, section 4.2)."""

    def call(self, inputs):
        return inputs * tf.math.rsqrt(tf.reduce_mean(inputs * inputs, axis=-1, keepdims=True) + 1e-10)


class _Spectral:
    """Divides the kernel by its largest singular value (Miyato et al. 2018), found by one power iteration a step.

    A functional form: the kernel itself stays as it is, unlike with Keras' wrapper, which writes it during the call.
    """

    def build(self, input_shape):
        super().build(input_shape)
        self.direction = self.add_weight(
            "direction", [self.kernel.shape[-1]], initializer=keras.initializers.RandomNormal(), trainable=False
        )

    def _normalized_kernel(self, training):
        matrix = tf.reshape(self.kernel, [-1, self.kernel.shape[-1]])
        fixed = tf.stop_gradient(matrix)
        left = _unit(tf.linalg.matvec(fixed, _unit(self.direction)))
        right = _unit(tf.linalg.matvec(fixed, left, transpose_a=True))
        if training:
            self.direction.assign(right)
        return self.kernel / tf.tensordot(left, tf.linalg.matvec(matrix, right), 1)

    def _with_bias(self, outputs):
        return outputs + self.bias if self.use_bias else outputs


class SpectralDense(_Spectral, keras.layers.Dense):
    """A dense layer with a spectrally normalised kernel."""

    def call(self, inputs, training=None):
        return self._with_bias(tf.matmul(inputs, self._normalized_kernel(training)))


class SpectralConv2D(_Spectral, keras.layers.Conv2D):
    """A convolution of stride 1 with a spectrally normalised kernel."""

    def call(self, inputs, training=None):
        return self._with_bias(tf.nn.conv2d(inputs, self._normalized_kernel(training), 1, self.padding.upper()))


def _unit(vector):
    return vector * tf.math.rsqrt(tf.reduce_sum(vector**2) + 1e-20)
