# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The small convolutional classifier of the DP-SGD literature.

Two convolutions, each followed by max pooling, then dense 32 and one unit for each class: the layout of TF Privacy's
MNIST tutorial, which Wincott 2020 took as the baseline, and of Papernot et al. 2021 ("Tempered Sigmoid Activations for
Deep Learning with Differential Privacy"), who put tanh in place of ReLU: bounded activations keep the gradients small,
so that clipping takes less from them.
"""

from __future__ import annotations

import tf_keras as keras

from tfdpgan.models.classifiers import ClassifierSettings
from tfdpgan.models.normalization import make_norm
from tfdpgan.models.shapes import ImageShape

_DENSE_UNITS = 32


def build(shape: ImageShape, settings: ClassifierSettings) -> keras.Sequential:
    """The network for images of this shape, 16 pixels or more."""
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
