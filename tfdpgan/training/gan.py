# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What every GAN phase shares: when the generator moves, on what, and what may be reported."""

from __future__ import annotations

import abc

import numpy as np
import tensorflow as tf

from tfdpgan.config import ConfigError, TrainConfig
from tfdpgan.data.dataset import Dataset
from tfdpgan.losses import LOSSES
from tfdpgan.privacy.ledger import Ledger
from tfdpgan.privacy.poisson import PoissonBatch
from tfdpgan.training.draws import leading_axes, make_sampler
from tfdpgan.training.plan import PrivateStage
from tfdpgan.training.players import Players, make_optimizer_settings
from tfdpgan.training.schedules import DiscriminatorStepsController, learning_rate_factor


class GANPhase(abc.ABC):
    """Discriminator steps on Poisson batches, and a generator step after every n_D of them.

    One step of the phase is one discriminator step, since that is what costs privacy. Reported are the generator's
    loss and the discriminator's accuracy on generated images: nothing that was computed from a real one.
    """

    name: str

    def __init__(
        self, config: TrainConfig, dataset: Dataset, players: Players, stage: PrivateStage | None = None
    ) -> None:
        if config.loss not in LOSSES:
            raise ConfigError(f"--loss must be one of {', '.join(LOSSES)}. Received: {config.loss}.")
        self.num_steps = config.steps
        self.stage = stage
        self._config = config
        self._dataset = dataset
        self._players = players
        self._loss = LOSSES[config.loss]()
        if config.adaptive_discriminator_steps and not self._loss.has_threshold:
            raise ConfigError(
                f"--adaptive_discriminator_steps follows the discriminator's accuracy, and --loss={config.loss} has "
                "none. Leave it out, or use --loss=hinge."
            )
        self._sampler = make_sampler(config, dataset.num_examples, stage)
        optimizer_class, settings = make_optimizer_settings(config)
        self._generator_optimizer = optimizer_class(learning_rate=config.generator_learning_rate, **settings)
        self._generator_optimizer.build(players.generator.trainable_variables)
        self._controller = DiscriminatorStepsController(
            config.discriminator_steps, config.adaptive_discriminator_steps
        )
        self._pool_images = tf.Variable(tf.zeros([config.num_generated, *players.shape[:3]]), trainable=False)
        self._pool_labels = tf.Variable(tf.zeros([config.num_generated], tf.int32), trainable=False)
        self._last = {"generator_loss": float("nan"), "accuracy_on_generated": float("nan")}
        self.trackables = {
            "generator_optimizer": self._generator_optimizer,
            "controller": self._controller,
            "pool_images": self._pool_images,
            "pool_labels": self._pool_labels,
        }

    def prepare(self, ledger: Ledger, step: int) -> None:
        """Fills the pool of generated images at the start of the phase; a resumed one has it from the checkpoint."""
        del ledger  # the loop books this phase's steps
        if step == 0:
            self._refill_pool()

    def step(self, step: int) -> dict[str, float]:
        """One discriminator step and, when due, one generator step."""
        config = self._config
        factor = learning_rate_factor(
            config.learning_rate_schedule, step / self.num_steps, config.final_learning_rate_fraction
        )
        self._set_discriminator_learning_rate(config.learning_rate * factor)
        self._generator_optimizer.learning_rate.assign(config.generator_learning_rate * factor)
        drawn = self._sampler.draw(step)
        if not config.reuse_generated:
            self._refill_pool()
        self._discriminator_step(drawn, step)
        if self._controller.generator_is_due():
            loss, accuracy = self._generator_step()
            self._controller.observe(float(accuracy))
            self._last = {"generator_loss": float(loss), "accuracy_on_generated": float(accuracy)}
            self._refill_pool()
        return {**self._last, "discriminator_steps": int(self._controller.discriminator_steps)}

    def _real_batches(self, indices: np.ndarray, step: int) -> tuple[tf.Tensor, ...]:
        """What `_real_loss` takes, with the leading axes of `indices`."""
        images, labels = self._dataset.batch(indices), self._dataset.label_batch(indices)
        pairing = self._draw_pairing(indices.shape, step) if self._loss.has_penalty else ()
        return tuple(tf.constant(part) for part in (images, labels, *pairing))

    def _draw_pairing(self, shape: tuple[int, ...], step: int) -> tuple[np.ndarray, np.ndarray]:
        """For each real image a partner in the pool and a position between the two, for the penalty.

        Both are drawn for each image on its own, in secret. A partner by the place in the batch, or by a public seed,
        would tell the sum of a draw from the sum of the same draw with one image more in every term, not in one.
        """
        seed = self._config.noise_seed
        random = np.random.default_rng(None if seed is None else [seed, step, 1])
        partners = random.integers(self._config.num_generated, size=shape, dtype=np.int32)
        return partners, random.random(shape, dtype=np.float32)

    @property
    def _real_signature(self) -> tuple[tf.TensorSpec, ...]:
        """Of `_real_batches`."""
        axes = leading_axes(self._sampler)
        pairing = (tf.TensorSpec(axes, tf.int32), tf.TensorSpec(axes))
        images, labels = tf.TensorSpec([*axes, *self._players.shape[:3]]), tf.TensorSpec(axes, tf.int32)
        return images, labels, *(pairing if self._loss.has_penalty else ())

    @abc.abstractmethod
    def _discriminator_step(self, drawn: PoissonBatch, step: int) -> None:
        """Moves the discriminator on the images of one draw, which has padding."""

    @abc.abstractmethod
    def _set_discriminator_learning_rate(self, value: float) -> None: ...

    @tf.function(jit_compile=False)
    def _refill_pool(self) -> None:
        z, labels = self._players.draw_inputs(self._config.num_generated)
        self._pool_images.assign(self._players.generator((z, labels), training=True))
        self._pool_labels.assign(labels)

    @tf.function(jit_compile=False)
    def _generator_step(self) -> tuple[tf.Tensor, tf.Tensor]:
        z, labels = self._players.draw_inputs(self._config.generator_batch_size)
        with tf.GradientTape() as tape:
            images = self._players.generator((z, labels), training=True)
            logits = self._players.discriminator((images, labels), training=True)
            loss = tf.reduce_mean(self._loss.generator(logits))
            total = loss + self._config.classifier_weight * self._players.classification_loss(images, labels)
        variables = self._players.generator.trainable_variables
        self._generator_optimizer.apply_gradients(zip(tape.gradient(total, variables), variables, strict=True))
        self._players.averaged.update()
        return loss, tf.reduce_mean(tf.cast(logits < 0, tf.float32))

    def _real_loss(self, images: tf.Tensor, labels: tf.Tensor, *pairing: tf.Tensor) -> tf.Tensor:
        losses = self._loss.real(self._judge(images, labels))
        if pairing:
            partners, positions = pairing
            generated = tf.gather(self._pool_images.value(), partners)
            losses += self._loss.penalty(lambda mixed: self._judge(mixed, labels), images, generated, positions)
        return losses

    def _generated_loss(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        return self._loss.generated(self._judge(images, labels))

    def _judge(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        return self._players.discriminator((images, labels), training=True)
