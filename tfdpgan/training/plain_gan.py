# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The same GAN without privacy: for public data, for teachers, and as the baseline of every comparison."""

from __future__ import annotations

import tensorflow as tf

from tfdpgan.config import TrainConfig
from tfdpgan.data.dataset import Dataset
from tfdpgan.privacy.poisson import PoissonBatch
from tfdpgan.training.gan import GANPhase
from tfdpgan.training.players import Players, make_optimizer_settings


class PlainGANPhase(GANPhase):
    """A GAN phase with an ordinary discriminator: same batches, same losses, no clipping and no noise."""

    name = "gan"

    def __init__(self, config: TrainConfig, dataset: Dataset, players: Players) -> None:
        super().__init__(config, dataset, players)
        optimizer_class, settings = make_optimizer_settings(config)
        self._optimizer = optimizer_class(learning_rate=config.learning_rate, **settings)
        self._optimizer.build(players.discriminator.trainable_variables)
        self.trackables["discriminator_optimizer"] = self._optimizer

    def _discriminator_step(self, drawn: PoissonBatch, step: int) -> None:
        # Without the padding: a normalisation over the batch would learn from it. An empty draw teaches nothing.
        rows = drawn.indices[drawn.mask]
        if rows.size:
            self._plain_step(*self._real_batches(rows, step))

    @tf.function(jit_compile=False, reduce_retracing=True)
    def _plain_step(self, *real: tf.Tensor) -> None:
        variables = self._players.discriminator.trainable_variables
        with tf.GradientTape() as tape:
            on_real = tf.reduce_sum(self._real_loss(*real)) / self._config.batch_size
            on_generated = tf.reduce_mean(self._generated_loss(self._pool_images, self._pool_labels))
            loss = on_real + on_generated
        self._optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))

    def _set_discriminator_learning_rate(self, value: float) -> None:
        self._optimizer.learning_rate.assign(value)
