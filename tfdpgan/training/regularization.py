# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Steps that a generator takes for a regularizer of its own, between those that it takes against the discriminator."""

from __future__ import annotations

import tensorflow as tf
import tf_keras as keras

from tfdpgan.models.network import Regularizer
from tfdpgan.training.networks import Networks


class RegularizationSteps:
    """After each `every`-th step of the generator one step down its regularizer: lazy regularization.

    The generator alone is asked, so it costs no privacy. Half a batch is drawn for it, as StyleGAN2 does.

    Attributes:
        trackables: what a checkpoint keeps.

    Args:
        regularizer: of the generator.
        networks: whose generator moves.
        optimizer: of the generator.
        batch_size: of the generator's other steps.
    """

    def __init__(
        self, regularizer: Regularizer, networks: Networks, optimizer: keras.optimizers.Optimizer, batch_size: int
    ) -> None:
        self._regularizer, self._networks, self._optimizer = regularizer, networks, optimizer
        self._generator_steps = tf.Variable(0, trainable=False, dtype=tf.int64)
        self.trackables = {"generator_steps": self._generator_steps, **regularizer.trackables}
        self._batch_size = max(1, batch_size // 2)

    def after_generator_step(self) -> None:
        """Counts a step, and takes one for the regularizer when it is due."""
        self._generator_steps.assign_add(1)
        if int(self._generator_steps) % self._regularizer.every == 0:
            self._step()

    @tf.function(jit_compile=False)
    def _step(self) -> None:
        networks = self._networks
        z, labels = networks.draw_inputs(self._batch_size)
        with tf.GradientTape() as tape:
            loss = self._regularizer(z, labels)
        variables = networks.generator.trainable_variables
        gradients = tape.gradient(loss, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        networks.apply_to_generator(self._optimizer, gradients)
