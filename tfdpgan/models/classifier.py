# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The small convolutional classifier of the DP-SGD literature.

Two convolutions, each followed by max pooling, then dense 32 and one unit for each class: the layout of TF Privacy's
MNIST tutorial, which Wincott 2020 took as the baseline, and of Papernot et al. 2021 ("Tempered Sigmoid Activations for
Deep Learning with Differential Privacy"), who put tanh in place of ReLU: bounded activations keep the gradients small,
so that clipping takes less from them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import tensorflow as tf
import tf_keras as keras

from tfdpgan.config import ConfigError
from tfdpgan.models.normalization import make_norm
from tfdpgan.models.shapes import ImageShape

_SMALLEST_SIDE = 16
_DENSE_UNITS = 32


class ClassifierSettings(Protocol):
    """The settings that shape the network."""

    @property
    def classifier_width(self) -> int: ...

    @property
    def activation(self) -> str: ...

    @property
    def classifier_norm(self) -> str: ...


def build_classifier(shape: ImageShape, settings: ClassifierSettings) -> keras.Sequential:
    """A built classifier of images `[batch, height, width, channels]` in [-1, 1]: logits `[batch, num_classes]`."""
    if min(shape.height, shape.width) < _SMALLEST_SIDE or shape.num_classes < 2:
        raise ConfigError(
            f"The classifier needs labelled images of {_SMALLEST_SIDE} pixels or more. Received: {shape.height}x"
            f"{shape.width}, {shape.num_classes} class(es). Try --image_size=28, or data with labels."
        )
    width, activation, layers = settings.classifier_width, settings.activation, keras.layers
    return keras.Sequential(
        [
            layers.InputLayer(shape[:3]),
            layers.Rescaling(0.5, 0.5),  # to [0, 1]: a background of zeros adds nothing to the gradient of a kernel
            layers.Conv2D(width, 8, strides=2, padding="same"),
            make_norm(settings.classifier_norm, width),
            layers.Activation(activation),
            layers.MaxPooling2D(2, strides=1),
            layers.Conv2D(2 * width, 4, strides=2),
            make_norm(settings.classifier_norm, 2 * width),
            layers.Activation(activation),
            layers.MaxPooling2D(2, strides=1),
            layers.Flatten(),
            layers.Dense(_DENSE_UNITS, activation=activation),
            layers.Dense(shape.num_classes),
        ],
        name="classifier",
    )


def hidden_layers(classifier: keras.Sequential) -> list[keras.layers.Layer]:
    """The layers of such a classifier whose outputs `[batch, n]` describe an image: what the dense layers read."""
    return [classifier.layers[-3], classifier.layers[-2]]  # the flattened last convolution, the dense layer


def hidden_features(classifier: keras.Sequential) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function of images `[batch, h, w, c]` in [-1, 1]: what such a classifier's hidden layers say, `[batch, dim]`.

    Each layer is divided by the root of its size, so that the mean squared differences of all of them add up.
    """
    hidden = keras.Model(classifier.inputs, [layer.output for layer in hidden_layers(classifier)])

    def features(images: tf.Tensor) -> tf.Tensor:
        return tf.concat([layer / math.sqrt(layer.shape[1]) for layer in hidden(images, training=False)], axis=1)

    return features
