# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The discriminators whose private step is measured, built on demand: one line each."""

from __future__ import annotations

import dataclasses

import tensorflow as tf
import tf_keras as keras

from tfdpgan import models
from tfdpgan.config import ConfigError
from tfdpgan.models import ImageShape, ModelConfig


@dataclasses.dataclass(frozen=True)
class BenchmarkModel:
    """A discriminator and the images that it is given.

    Attributes:
        shape: of the images, with the number of classes.
        config: the row of the table of architectures and its widths; None for TutorialDiscriminator.
    """

    shape: ImageShape
    config: ModelConfig | None

    def build(self) -> keras.Model:
        """The discriminator, built: images `[batch, h, w, c]` and labels `[batch]` to logits `[batch]`."""
        if self.config is not None:
            return models.build_discriminator(self.shape, self.config)
        discriminator = TutorialDiscriminator()
        discriminator((tf.zeros([1, *self.shape[:3]]), tf.zeros([1], tf.int32)))
        return discriminator


class TutorialDiscriminator(keras.Model):
    """TensorFlow's DCGAN tutorial: two 5x5 convolutions of stride 2 (64, 128 channels), a dense unit; 213 k weights."""

    def __init__(self) -> None:
        super().__init__(name="discriminator")
        layers = keras.layers
        self.stack = keras.Sequential(
            [
                layers.Conv2D(64, 5, strides=2, padding="same"),
                layers.LeakyReLU(0.3),
                layers.Conv2D(128, 5, strides=2, padding="same"),
                layers.LeakyReLU(0.3),
                layers.Flatten(),
                layers.Dense(1),
            ]
        )

    def call(self, inputs, training=None):
        images, _ = inputs
        return tf.squeeze(self.stack(images, training=training), axis=-1)


MODELS: dict[str, BenchmarkModel] = {
    "dcgan2020": BenchmarkModel(
        ImageShape(28, 28, 1, 1), ModelConfig(architecture="dcgan2020", discriminator_norm="none")
    ),
    "dcgan_tutorial": BenchmarkModel(ImageShape(28, 28, 1, 1), None),
    "dcgan": BenchmarkModel(ImageShape(28, 28, 1, 10), ModelConfig(architecture="dcgan")),
    "dcgan64": BenchmarkModel(ImageShape(64, 64, 3, 1), ModelConfig(architecture="dcgan64", discriminator_width=64)),
}


def find_model(name: str) -> BenchmarkModel:
    """The row of MODELS; raises ConfigError for a name that is not there."""
    if name not in MODELS:
        raise ConfigError(f"--models must be among {', '.join(MODELS)}. Received: {name}.")
    return MODELS[name]


def num_weights(model: keras.Model) -> int:
    """Number of trainable weights."""
    return int(sum(variable.shape.num_elements() for variable in model.trainable_variables))
