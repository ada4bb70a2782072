# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The phase of the GAN: when each network moves, on what, and what may be reported."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from tfdpgan import models
from tfdpgan.config import ConfigError
from tfdpgan.data.dataset import Dataset
from tfdpgan.losses import LOSSES, GANLoss
from tfdpgan.methods.dpgan.real_images import RealImages
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.privacy.clipping import refuse_mixing_layers
from tfdpgan.privacy.clipping.generated_part import GeneratedPart
from tfdpgan.training.augmentation.diff_augment import NUM_DRAWS, diff_augment
from tfdpgan.training.networks import Networks, make_optimizer_settings
from tfdpgan.training.plan import PrivateStage
from tfdpgan.training.prune_and_grow.sparse_training import require_sparse_training, sparse_training_of
from tfdpgan.training.regularization import RegularizationSteps
from tfdpgan.training.schedules import DiscriminatorStepsController, learning_rate_factor
from tfdpgan.training.stability import SampleChange
from tfdpgan.training.update import Learning, Update, make_update


def check(config: Any, networks: Networks, stage: PrivateStage | None) -> None:
    """Refuses, before anything is spent, what the phase could not be trained with.

    Raises:
        ConfigError: a loss that does not exist or does not fit, or an architecture whose discriminator cannot be
            private, or sparse phases that the steps have no room for.
        ValueError: a private discriminator that mixes images.
    """
    loss = _loss_of(config)
    require_sparse_training(config)
    if stage is None:
        return
    models.require_private_discriminator(config)
    if config.pseudo_target is not None:
        raise ConfigError(
            f"--pseudo_target={config.pseudo_target} follows the logits of real images, which must not leave a private "
            "step. Give a fixed --pseudo_probability instead."
        )
    refuse_mixing_layers(networks.discriminator)
    if loss.has_penalty and config.clipping_method == "book_keeping":
        raise ConfigError(
            f"--clipping_method=book_keeping cannot serve --loss={config.loss}, which takes a gradient of its own. "
            "Leave it out, or use --clipping_method=vectorized_map."
        )


def _loss_of(config: Any) -> GANLoss:
    if config.loss not in LOSSES:
        raise ConfigError(f"--loss must be one of {', '.join(LOSSES)}. Received: {config.loss}.")
    loss = LOSSES[config.loss]()
    if config.adaptive_discriminator_steps and not loss.has_threshold:
        raise ConfigError(
            f"--adaptive_discriminator_steps follows the discriminator's accuracy, and --loss={config.loss} has "
            "none. Leave it out, or use --loss=hinge."
        )
    return loss


class GANPhase:
    """Discriminator steps on Poisson batches, and a generator step after every n_D of them.

    One step of the phase is one discriminator step, since that is what costs privacy. Reported are the generator's
    loss, the discriminator's accuracy on generated images, and how much samples change from epoch to epoch: nothing
    that was computed from a real image.

    With a private stage the discriminator is trained by DP-SGD (Abadi et al. 2016) on the real examples. Following
    Wincott 2020 and Xie et al. 2018 only the discriminator reads private images, so only its gradients are privatised,
    and only their real part gets noise. The generator learns from the discriminator: post-processing.

    Args:
        name: of the phase.
        config: the resolved settings.
        dataset: the images.
        networks: generator and discriminator, which move.
        stage: the accesses to private images; None trains plainly.
    """

    def __init__(
        self, name: str, config: Any, dataset: Dataset, networks: Networks, stage: PrivateStage | None = None
    ) -> None:
        check(config, networks, stage)
        self.name = name
        self.num_steps = config.steps
        self.stage = self.reads = stage
        self.sampled = networks.averaged.model
        self._config = config
        self._dataset = dataset
        self._networks = networks
        self._loss = _loss_of(config)
        optimizer_class, settings = make_optimizer_settings(config)
        self._generator_optimizer = optimizer_class(learning_rate=config.generator_learning_rate, **settings)
        self._generator_optimizer.build(networks.generator.trainable_variables)
        self._controller = DiscriminatorStepsController(config.discriminator_steps, config.adaptive_discriminator_steps)
        self._pool_images = tf.Variable(tf.zeros([config.num_generated, *networks.shape[:3]]), trainable=False)
        self._pool_labels = tf.Variable(tf.zeros([config.num_generated], tf.int32), trainable=False)
        pool, is_private = (self._pool_images, self._pool_labels), stage is not None
        self._real = RealImages(config, dataset, self._loss, self._judge, pool, is_private)
        learning = Learning(
            networks.discriminator,
            self._real.loss,
            self._real.load,
            self._real.signature,
            self._generated_part,
            lambda: self._sparse.after_discriminator(),
        )
        self._update = make_update(
            stage,
            learning,
            dataset.num_examples,
            config,
            optimizer_class,
            {"learning_rate": config.learning_rate, **settings},
        )
        regularizer = networks.generator.regularizer(networks.rng)
        self._regularization = regularizer and RegularizationSteps(
            regularizer, networks, self._generator_optimizer, config.generator_batch_size
        )
        self._sparse = sparse_training_of(config, networks, (self._generator_optimizer, self._update.optimizer))
        steps_per_epoch = max(1, round(dataset.num_examples / config.batch_size))
        self._sample_change = SampleChange(networks.averaged.model, steps_per_epoch)
        self._last = {"generator_loss": float("nan"), "accuracy_on_generated": float("nan")}
        self.trackables = {
            **networks.of_generator,
            "discriminator": networks.discriminator,
            "discriminator_optimizer": self._update.optimizer,
            "generator_optimizer": self._generator_optimizer,
            "controller": self._controller,
            "pool_images": self._pool_images,
            "pool_labels": self._pool_labels,
            **self._sparse.trackables,
            **(self._regularization.trackables if self._regularization else {}),
            **({"pseudo_real": self._real.pseudo} if self._real.pseudo.is_adaptive else {}),
        }

    @property
    def update(self) -> Update:
        """What moves the network that sees real images."""
        return self._update

    def prepare(self, ledger: Ledger, step: int) -> None:
        """Fills the pool of generated images at the start of the phase; a resumed one has it from the checkpoint."""
        del ledger  # the loop books this phase's steps
        if step == 0:
            self._refill_pool()
        self._update.rewind(step)

    def step(self, step: int) -> dict[str, float]:
        """One discriminator step and, when due, one generator step."""
        config = self._config
        factor = learning_rate_factor(
            config.learning_rate_schedule, step / self.num_steps, config.final_learning_rate_fraction
        )
        self._networks.grow(step / self.num_steps)
        is_replaced = self._sparse.begin(step)
        for role, optimizer, rate in (
            ("discriminator", self._update.optimizer, config.learning_rate),
            ("generator", self._generator_optimizer, config.generator_learning_rate),
        ):
            optimizer.learning_rate.assign(rate * factor * self._sparse.learning_rate_factor(role, step))
        if is_replaced or not config.reuse_generated:
            self._refill_pool()
        self._update.step(step)
        self._real.pseudo.after_step(step)
        if self._controller.generator_is_due():
            loss, accuracy = self._generator_step()
            self._controller.observe(float(accuracy))
            self._last = {"generator_loss": float(loss), "accuracy_on_generated": float(accuracy)}
            if self._regularization:
                self._regularization.after_generator_step()
            self._refill_pool()
        reported = {**self._last, "discriminator_steps": int(self._controller.discriminator_steps)}
        reported["sample_change"] = self._sample_change.after_step(step)
        return reported | ({"sparsity": self._sparse.sparsity(step)} if self._sparse.trackables else {})

    def _generated_part(self) -> GeneratedPart:
        draws = () if self._config.diff_augment == "none" else (self._draws(self._config.num_generated),)
        return GeneratedPart(self._generated_loss, (self._pool_images.value(), self._pool_labels.value(), *draws))

    def _draws(self, count: int) -> tf.Tensor:
        """Of the augmentation of that many generated images, in the present graph."""
        return self._networks.rng.uniform([count, NUM_DRAWS])

    @tf.function(jit_compile=False)
    def _refill_pool(self) -> None:
        z, labels = self._networks.draw_inputs(self._config.num_generated)
        self._pool_images.assign(self._networks.generator((z, labels), training=True))
        self._pool_labels.assign(labels)

    @tf.function(jit_compile=False)
    def _generator_step(self) -> tuple[tf.Tensor, tf.Tensor]:
        networks = self._networks
        z, labels = networks.draw_inputs(self._config.generator_batch_size)
        with tf.GradientTape() as tape:
            images = networks.generator((z, labels), training=True)
            seen = images
            if self._config.diff_augment != "none":
                seen = diff_augment(images, self._draws(self._config.generator_batch_size), self._config.diff_augment)
            logits = networks.discriminator((seen, labels), training=True)
            loss = tf.reduce_mean(self._loss.generator(logits))
            total = loss + self._config.classifier_weight * networks.classification_loss(images, labels)
        networks.apply_to_generator(
            self._generator_optimizer, tape.gradient(total, networks.generator.trainable_variables)
        )
        return loss, tf.reduce_mean(tf.cast(logits < 0, tf.float32))

    def _generated_loss(self, images: tf.Tensor, labels: tf.Tensor, *draws: tf.Tensor) -> tf.Tensor:
        if draws:
            images = diff_augment(images, draws[0], self._config.diff_augment)
        return self._loss.generated(self._judge(images, labels))

    def _judge(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        return self._networks.discriminator((images, labels), training=True)
