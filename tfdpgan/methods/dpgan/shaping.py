# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Discriminator shaping (Liu, Kothari and Alahi 2020, algorithm 2): the discriminator learns what refinement does.

The generator is frozen. Its images are refined by the discriminator as it is now, each by a random number of steps (as
in the paper's code), and the discriminator learns to tell them from real ones. So its gradient stops leading to images
that fool it alone. Under DP each step on real images is a DP-SGD step, a stage of its own in the ledger.

Against generated images alone (no paper) nothing is read and nothing is booked. In place of real images the
discriminator holds on to what it said of plain generated ones before the shaping: the same verdicts there, and refined
images are false.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from tfdpgan import models
from tfdpgan.config import ConfigError
from tfdpgan.data.dataset import Dataset
from tfdpgan.generation.samplers.generator_refiner import GeneratorRefiner
from tfdpgan.generation.samplers.refinement import Refinement
from tfdpgan.losses import LOSSES
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.privacy.clipping.generated_part import GeneratedPart
from tfdpgan.training.networks import Networks, make_optimizer_settings
from tfdpgan.training.plan import PrivateStage
from tfdpgan.training.update import Batch, Learning, make_update


def check(config: Any, networks: Networks) -> None:
    """Refuses, before anything is spent, what cannot be shaped.

    Raises:
        ConfigError: the loss has a penalty, or there is no such layer.
    """
    if LOSSES[config.loss]().has_penalty:
        raise ConfigError(
            f"--shaping_steps cannot serve --loss={config.loss}, whose penalty is for pairs of images: use bce or "
            "hinge, or leave the shaping out."
        )
    _refiner(config, networks)


def _refiner(config: Any, networks: Networks) -> GeneratorRefiner:
    refinement = Refinement(config.shaping_refine_steps, config.shaping_refine_rate)
    return GeneratorRefiner(
        networks.averaged.model, networks.discriminator, config.shaping_refine_layer, refinement, "shaping_refine_layer"
    )


class ShapingPhase:
    """Steps of the discriminator against refined images of the averaged generator.

    Reads one Poisson batch of real images a step, or none. Reports the discriminator's accuracy on refined images,
    which are generated.

    Args:
        name: of the phase.
        config: the resolved settings.
        dataset: the images.
        networks: the discriminator moves.
        stage: the accesses to private images; None for public ones, for training without privacy, and for none.
    """

    def __init__(
        self, name: str, config: Any, dataset: Dataset, networks: Networks, stage: PrivateStage | None = None
    ) -> None:
        check(config, networks)
        self.name = name
        self.num_steps = config.shaping_steps
        self.stage = self.reads = stage
        self.sampled = None
        self._config = config
        self._dataset = dataset
        self._networks = networks
        self._loss = LOSSES[config.loss]()
        self._refiner = _refiner(config, networks)
        self._images = tf.Variable(tf.zeros([config.num_generated, *networks.shape[:3]]), trainable=False)
        self._labels = tf.Variable(tf.zeros([config.num_generated], tf.int32), trainable=False)
        self._before = models.build_discriminator(networks.shape, config)
        optimizer_class, settings = make_optimizer_settings(config)
        settings = {"learning_rate": config.shaping_learning_rate, **settings}
        self.trackables = {"discriminator": networks.discriminator, "rng": networks.rng}
        if config.shaping_reads_images:
            learning = Learning(
                networks.discriminator, self._real_loss, self._real_batches, self._real_signature, self._generated_part
            )
            self._update = make_update(stage, learning, dataset.num_examples, config, optimizer_class, settings)
            self._optimizer = self._update.optimizer
        else:
            self._update = None
            self._optimizer = optimizer_class(**settings)
            self._optimizer.build(networks.discriminator.trainable_variables)
            self.trackables["before"] = self._before
        self.trackables["optimizer"] = self._optimizer

    def prepare(self, ledger: Ledger, step: int) -> None:
        """Remembers the discriminator as it was; a resumed phase has it from the checkpoint."""
        del ledger  # the loop books this phase's steps
        if step == 0:
            self._before.set_weights(self._networks.discriminator.get_weights())
        if self._update is not None:
            self._update.rewind(step)

    def step(self, step: int) -> dict[str, float]:
        """One step of the discriminator."""
        accuracy = self._refine()
        if self._update is not None:
            self._update.step(step)
        else:
            self._step_on_generated()
        return {"accuracy_on_refined": float(accuracy)}

    @tf.function(jit_compile=False)
    def _refine(self) -> tf.Tensor:
        config = self._config
        z, labels = self._networks.draw_inputs(config.num_generated)
        most = config.shaping_refine_steps + 1
        allowed = self._networks.rng.uniform([config.num_generated], maxval=most, dtype=tf.int32)
        refined = self._refiner.refine(z, labels, allowed)
        self._images.assign(refined.outputs)
        self._labels.assign(labels)
        return tf.reduce_mean(tf.cast(refined.logits < 0, tf.float32))

    @tf.function(jit_compile=False)
    def _step_on_generated(self) -> None:
        networks = self._networks
        z, labels = networks.draw_inputs(self._config.num_generated)
        plain = networks.averaged.model((z, labels), training=False)
        verdict = tf.sigmoid(self._before((plain, labels), training=False))
        variables = networks.discriminator.trainable_variables
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(self._generated_loss(self._images.value(), self._labels.value()))
            kept = tf.nn.sigmoid_cross_entropy_with_logits(verdict, self._judge(plain, labels))
            loss += tf.reduce_mean(kept)
        self._optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))

    def _real_batches(self, indices: np.ndarray, step: int) -> Batch:
        del step
        return tf.constant(self._dataset.batch(indices)), tf.constant(self._dataset.label_batch(indices))

    def _real_signature(self, axes: list[int | None]) -> tuple[tf.TensorSpec, ...]:
        return tf.TensorSpec([*axes, *self._networks.shape[:3]]), tf.TensorSpec(axes, tf.int32)

    def _generated_part(self) -> GeneratedPart:
        return GeneratedPart(self._generated_loss, (self._images.value(), self._labels.value()))

    def _real_loss(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        return self._loss.real(self._judge(images, labels))

    def _generated_loss(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        return self._loss.generated(self._judge(images, labels))

    def _judge(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        return self._networks.discriminator((images, labels), training=True)
