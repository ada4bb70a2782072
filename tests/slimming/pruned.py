# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One small generator of every architecture that can be slimmed, and how to prune it."""

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan import models
from tfdpgan.models import ModelConfig

LATENT_DIM = 5
ROWS = [(name, row.example_shape) for name, row in models.ARCHITECTURES.items() if row.prunable]


def config_of(architecture, generator_norm=None):
    return ModelConfig(
        architecture=architecture,
        generator_width=8,
        discriminator_width=4,
        latent_dim=LATENT_DIM,
        generator_norm=generator_norm,
    )


def build(architecture, shape, channels=None, generator_norm=None):
    """A generator whose normalisations do something: with statistics, scales and offsets away from 0 and 1."""
    keras.utils.set_random_seed(0)
    generator = models.build_generator(shape, config_of(architecture, generator_norm), channels)
    rng = np.random.default_rng(0)
    for axis in generator.channel_axes():
        for weight in axis.norm.weights:
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    return generator


def inputs_of(generator, num_images=4):
    z = tf.random.stateless_normal([num_images, LATENT_DIM], seed=[1, 2])
    return z, tf.range(num_images, dtype=tf.int32) % generator.num_classes


def images_of(generator, num_images=4):
    return generator(inputs_of(generator, num_images), training=False).numpy()
