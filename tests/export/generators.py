# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Small generators of every row of the table, with weights that make them hard to quantise."""

import numpy as np
import tensorflow as tf

from tfdpgan import models
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.models import ModelConfig


def make_generator(architecture: str, width: int = 8) -> ReleasedGenerator:
    """Scales and offsets of the normalisations are drawn, so that nothing folds away; seeded."""
    tf.keras.utils.set_random_seed(0)
    shape = models.ARCHITECTURES[architecture].example_shape
    config = ModelConfig(architecture=architecture, latent_dim=16, generator_width=width)
    model = models.build_generator(shape, config)
    rng = np.random.default_rng(0)
    for weight in model.trainable_variables:
        if "gamma" in weight.name:
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        elif "beta" in weight.name:
            weight.assign(rng.normal(0, 0.3, weight.shape))
    names = tuple(map(str, range(shape.num_classes))) if shape.num_classes > 1 else ()
    return ReleasedGenerator(model, shape, config, names, {"epsilon": 1.0, "delta": 1e-5})


def inputs_of(generator: ReleasedGenerator, num_images: int) -> tuple[np.ndarray, np.ndarray]:
    """Latents `[num_images, latent_dim]` and labels `[num_images]`, seeded."""
    z = np.random.default_rng(1).standard_normal((num_images, generator.config.latent_dim)).astype(np.float32)
    return z, np.arange(num_images, dtype=np.int32) % generator.shape.num_classes
