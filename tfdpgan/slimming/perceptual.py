# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The perceptual loss of GAN Slimming, after Johnson, Alahi and Fei-Fei 2016: images are close where features agree.

Features are VGG16's second activation (relu1_2, "block1_conv2" for Keras); the loss is their mean absolute difference
plus 1e5 times the mean squared difference of their Gram matrices (over height * width * channels).

The weight 1e5 belongs to images of standard deviation about 1 ("torch" preprocessing). Weights for "caffe" see values
about 58 times as large; their features are scaled back by that, so that the loss means the same.
"""

from __future__ import annotations

import tensorflow as tf
import tf_keras as keras

from tfdpgan.evaluation.extractors import vgg16

_LAYER = "block1_conv2"
_CAFFE_OVER_TORCH = 255.0 * 0.226  # mean deviation of ImageNet's channels


class PerceptualLoss:
    """Distance of pairs of images in VGG16's early features.

    Args:
        vgg16_path: a `.h5` file with VGG16's weights without the top; None downloads Keras' own.
        preprocessing: "caffe" (Keras' own weights) or "torch".
        style_weight: of the Gram matrices' part.

    Raises:
        ConfigError: without weights.
    """

    def __init__(self, vgg16_path: str | None, preprocessing: str, style_weight: float = 1e5) -> None:
        way_out = "leave out --perceptual_weight and compare pixels alone"
        network = vgg16.load_network(vgg16_path, preprocessing, way_out)
        self._features = keras.Model(network.input, network.get_layer(_LAYER).output, trainable=False)
        self._preprocessing = preprocessing
        self._scale = 1.0 / _CAFFE_OVER_TORCH if preprocessing == "caffe" else 1.0
        self._style_weight = style_weight

    def __call__(self, images: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        """The mean loss of images and their targets, both `[n, h, w, 1 or 3]` float32 in [-1, 1]."""
        one, other = self._features_of(images), self._features_of(targets)
        content = tf.reduce_mean(tf.abs(one - other))
        style = tf.reduce_mean(tf.square(_gram(one) - _gram(other)))
        return content + self._style_weight * style

    def _features_of(self, images: tf.Tensor) -> tf.Tensor:
        if images.shape[-1] == 1:
            images = tf.repeat(images, 3, axis=-1)
        prepared = vgg16.preprocess((images + 1.0) * 127.5, self._preprocessing)
        return self._scale * self._features(prepared, training=False)


def _gram(features: tf.Tensor) -> tf.Tensor:
    """`[n, channels, channels]`: how channels go together over the image."""
    size = features.shape[1:].num_elements()
    return tf.einsum("nhwc,nhwd->ncd", features, features) / size
