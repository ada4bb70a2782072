# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The networks of a run, and the random generator of their latents."""

from __future__ import annotations

import tensorflow as tf
import tf_keras as keras

from tfdpgan import models
from tfdpgan.config import TrainConfig
from tfdpgan.models import latents
from tfdpgan.training.averaging import AveragedGenerator
from tfdpgan.training.classifier import Classifier


class Players(tf.Module):
    """Generator, its average, discriminator and auxiliary classifier, which the phases of a run hand on to each other.

    Attributes:
        classifier: the auxiliary classifier, where the session set one; it is trained before it is asked.

    Args:
        shape: of the images.
        config: the run's settings. Its `seed` fixes the weights and the latents, never noise or sampling.
    """

    def __init__(self, shape: models.ImageShape, config: TrainConfig) -> None:
        super().__init__(name="players")
        keras.utils.set_random_seed(config.seed)
        self.shape = shape
        self.latent_dim = config.latent_dim
        self.generator = models.build_generator(shape, config)
        self.averaged = AveragedGenerator(self.generator, models.build_generator(shape, config), config.ema_decay)
        self.discriminator = models.build_discriminator(shape, config)
        self.classifier: Classifier | None = None
        self.rng = tf.random.Generator.from_seed(config.seed)

    def draw_inputs(self, batch_size: int, balanced: bool = False) -> tuple[tf.Tensor, tf.Tensor]:
        """Latents and labels for `batch_size` images; balanced: every class equally often."""
        z = latents.draw_latents(self.rng, batch_size, self.latent_dim)
        if balanced:
            return z, latents.balanced_labels(batch_size, self.shape.num_classes)
        return z, latents.draw_labels(self.rng, batch_size, self.shape.num_classes)

    def classification_loss(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """The mean cross-entropy of `labels` as the auxiliary classifier reads `images`; 0 without one."""
        if self.classifier is None:
            return tf.constant(0.0)
        logits = self.classifier.released(images, training=False)
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))


def make_optimizer_settings(config: TrainConfig) -> tuple[type[keras.optimizers.Optimizer], dict[str, float]]:
    """The Keras optimizer class and the keyword arguments that `--optimizer` asks for."""
    if config.optimizer == "sgd":
        return keras.optimizers.SGD, {}
    return keras.optimizers.Adam, {"beta_1": config.beta_1, "beta_2": config.beta_2}
