# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Classifiers that can be trained by DP-SGD, one file and one line in CLASSIFIERS each.

To add one: a module with a function `build(shape, settings)` that returns a `keras.Sequential` of images
`[batch, height, width, channels]` float32 in [-1, 1], whose last layer gives logits `[batch, num_classes]`, and one
line in CLASSIFIERS. A first layer without weights that takes long is a `FixedFront`: what it makes of the training
images is computed once.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from tfdpgan.config import ConfigError, Row
from tfdpgan.models.shapes import ImageShape

if TYPE_CHECKING:
    import tensorflow as tf
    import tf_keras as keras

CLASSIFIERS = {
    "cnn": Row("tfdpgan.models.classifiers.convolutional:build"),
    "scattering_linear": Row("tfdpgan.models.classifiers.scattering_linear:build"),
}
_SMALLEST_SIDE = 16


class ClassifierSettings(Protocol):
    """The settings that shape the network."""

    @property
    def classifier_architecture(self) -> str: ...

    @property
    def classifier_width(self) -> int: ...

    @property
    def activation(self) -> str: ...

    @property
    def classifier_norm(self) -> str: ...


def build_classifier(shape: ImageShape, settings: ClassifierSettings) -> keras.Sequential:
    """A built classifier of images `[batch, height, width, channels]` in [-1, 1]: logits `[batch, num_classes]`.

    Raises:
        ConfigError: images without classes or of fewer than 16 pixels, or an unknown architecture.
    """
    if min(shape.height, shape.width) < _SMALLEST_SIDE or shape.num_classes < 2:
        raise ConfigError(
            f"The classifier needs labelled images of {_SMALLEST_SIDE} pixels or more. Received: {shape.height}x"
            f"{shape.width}, {shape.num_classes} class(es). Try --image_size=28, or data with labels."
        )
    if settings.classifier_architecture not in CLASSIFIERS:
        raise ConfigError(
            f"--classifier_architecture must be one of {', '.join(CLASSIFIERS)}. Received: "
            f"{settings.classifier_architecture}."
        )
    return CLASSIFIERS[settings.classifier_architecture](shape, settings)


def load_classifier(path: str | os.PathLike) -> keras.Sequential:
    """A classifier that was saved as a `.keras` file, whichever of the table it is; raises ValueError or OSError."""
    import tf_keras as keras

    for row in CLASSIFIERS.values():
        row.load()  # its layers are then known to Keras
    return keras.models.load_model(path, compile=False)


def front_and_head(classifier: keras.Sequential) -> tuple[keras.layers.Layer | None, keras.Sequential]:
    """A classifier in two parts: its `FixedFront` or None, and a model of all layers behind it, which has the weights.

    Both share the layers of `classifier`; without such a front the head is `classifier` itself.
    """
    import tf_keras as keras

    from tfdpgan.models.classifiers.fixed_front import FixedFront

    first = classifier.layers[0]
    if not isinstance(first, FixedFront):
        return None, classifier
    return first, keras.Sequential(
        [keras.layers.InputLayer(first.output.shape[1:]), *classifier.layers[1:]], name="head"
    )


def hidden_layers(classifier: keras.Sequential) -> list[keras.layers.Layer]:
    """The layers of such a classifier whose outputs `[batch, n]` describe an image: what dense layers read."""
    front, _ = front_and_head(classifier)
    return [front] if front is not None else [classifier.layers[-3], classifier.layers[-2]]


def hidden_features(classifier: keras.Sequential) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function of images `[batch, h, w, c]` in [-1, 1]: what such a classifier's hidden layers say, `[batch, dim]`.

    Each layer is divided by the root of its size, so that the mean squared differences of all of them add up.
    """
    import tensorflow as tf
    import tf_keras as keras

    hidden = keras.Model(classifier.inputs, [layer.output for layer in hidden_layers(classifier)])

    def features(images: tf.Tensor) -> tf.Tensor:
        outputs = tf.nest.flatten(hidden(images, training=False))
        return tf.concat([layer / math.sqrt(layer.shape[1]) for layer in outputs], axis=1)

    return features
