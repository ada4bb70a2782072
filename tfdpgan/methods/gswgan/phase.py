# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The rounds of GS-WGAN (Chen, Orekondy and Fritz 2020, "GS-WGAN: A Gradient-Sanitized Approach for Learning
Differentially Private Generators", algorithm 1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.methods.gswgan.adam import Rows
from tfdpgan.methods.gswgan.school import School
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.privacy.mechanisms import GradientSanitizer
from tfdpgan.privacy.mechanisms.noise import GaussianNoise
from tfdpgan.privacy.mechanisms.sanitized_gradients import sanitized_generator_gradients
from tfdpgan.training.networks import Networks
from tfdpgan.training.plan import PrivateStage
from tfdpgan.training.prune_and_grow.sparse_training import sparse_training_of

_LESSONS = 2  # kind of the public randomness


class Companion(Protocol):
    """Further networks of the drawn shards, which judge generated images together with the critics."""

    @property
    def trackables(self) -> dict[str, Any]:
        """What a checkpoint holds of them."""

    def learn(self, drawn: np.ndarray, step: int) -> Rows | None:
        """The networks of a round, from the drawn shards `[n]`; None while they keep quiet. PRIVATE."""

    def losses(self, scores: tf.Tensor, images: tf.Tensor, labels: tf.Tensor, rows: Rows) -> tf.Tensor:
        """The generator's whole loss on each image `[B]`, given what the critics think of it."""


class RoundsPhase:
    """Rounds: some critics learn, shards are drawn in secret, the generator takes one step on sanitised gradients.

    One step is one round, which is one access of the stage. Which critics learn follows a public rotation: round t
    teaches those number t n, ..., t n + n - 1 modulo K. The published programs teach the critic that was drawn; then
    the draw shows in later rounds, and there is no proof that a draw hides anything (`GradientSanitizer`).

    Reported is the length of the generator's gradient after the sanitizer, which is post-processing. What the critics
    think, of real or of generated images, is never reported.

    Args:
        name: of the phase.
        config: the resolved settings.
        networks: the generator.
        school: of the critics.
        mechanism: what is drawn, clipped and noised.
        stage: the accesses that are booked; None without privacy.
        folder: for the bank's files.
        companion: DPAC's classifiers; None for critics alone.

    Raises:
        TypeError: the stage is of another mechanism: what is booked would not be what is done.
    """

    def __init__(
        self,
        name: str,
        config: Any,
        networks: Networks,
        school: School,
        mechanism: GradientSanitizer,
        stage: PrivateStage | None,
        folder: Path,
        companion: Companion | None = None,
    ) -> None:
        if stage is not None and stage.mechanism != mechanism:
            raise TypeError(f"The rounds apply {mechanism}, and {stage.mechanism} would be booked.")
        self.name = name
        self.num_steps = config.steps
        self.stage = self.reads = stage
        self.sampled = networks.averaged.model
        self._config, self._networks, self._school, self._companion = config, networks, school, companion
        self._mechanism = mechanism
        self._noise = GaussianNoise(config.noise_seed)
        self._optimizer = keras.optimizers.Adam(config.round_learning_rate, beta_1=0.5, beta_2=0.9, epsilon=1e-8)
        self._optimizer.build(networks.generator.trainable_variables)
        self._sparse = sparse_training_of(config, networks)
        self._bank = school.state(folder)
        self._generator_step = tf.function(self._step_of_generator, reduce_retracing=False)
        of_companion = {} if companion is None else companion.trackables
        self.trackables = {
            **networks.of_generator,
            "generator_optimizer": self._optimizer,
            "critics": self._bank,
            **self._sparse.trackables,
            **of_companion,
        }

    def prepare(self, ledger: Ledger, step: int) -> None:
        """Noise of a fixed seed (tests) continues at `step`."""
        del ledger  # the loop books this phase's steps
        self._noise.rewind(step)

    def turns(self, step: int) -> np.ndarray:
        """The critics `[n]` that learn in a round: public, whatever is drawn."""
        count = self._config.critics_per_round
        return (step * count + np.arange(count)) % self._config.num_critics

    def step(self, step: int) -> dict[str, float]:
        """One round."""
        self._sparse.begin(step)
        factor = self._sparse.learning_rate_factor("generator", step)
        self._optimizer.learning_rate.assign(self._config.round_learning_rate * factor)
        self._school.teach(self.turns(step), self._config.critic_steps, self._school.random(_LESSONS, step))
        drawn = self._mechanism.draw_shards(self._config.noise_seed, step)
        rows = None if self._companion is None else self._companion.learn(drawn, step)
        norm = self._generator_step(tf.constant(drawn, tf.int32), rows)
        self._bank.reach(step + 1)
        reported = {"sanitized_gradient_norm": float(norm)}
        return reported | ({"sparsity": self._sparse.sparsity(step)} if self._sparse.trackables else {})

    def _step_of_generator(self, drawn: tf.Tensor, rows: Rows | None) -> tf.Tensor:
        networks, mechanism = self._networks, self._mechanism
        latents, labels = networks.draw_inputs(mechanism.images_per_round)
        judge = self._school.bank.judge(drawn)

        def losses(images: tf.Tensor) -> tf.Tensor:
            found = judge(images, labels)
            if rows is None or self._companion is None:
                return -found
            return self._companion.losses(found, images, labels, rows)

        result = sanitized_generator_gradients(
            lambda: networks.generator((latents, labels), training=True),
            losses,
            networks.generator.trainable_variables,
            mechanism,
            self._noise,
        )
        networks.apply_to_generator(self._optimizer, result.gradients)
        return tf.linalg.global_norm(result.gradients)
