# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A student learns to draw what its teacher draws from the same latents; while it does so, it may lose channels.

The loss is a weighted sum (a weight of 0 leaves a part out): mean absolute difference of pixels; perceptual loss;
hinge loss against a discriminator that tells the teacher's images from the student's. No real image has a part in
any of them, so that under DP nothing of this costs anything.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.losses import Hinge
from tfdpgan.models.complexity import Complexity
from tfdpgan.models.network import Network
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.slimming.channel_pruning import ChannelPruner
from tfdpgan.slimming.distillation_set import DistillationSet
from tfdpgan.slimming.perceptual import PerceptualLoss
from tfdpgan.slimming.slim_config import SlimSettings
from tfdpgan.training.schedules import learning_rate_factor

_FINAL_LEARNING_RATE_FRACTION = 0.01


class DistillationPhase:
    """Steps of AdamW on batches of the distillation set, the learning rate falling on a cosine.

    Reads generated images only. Reports the losses and, where a pruner is at work, the channels that are left.

    Args:
        name: of the phase.
        settings: weights of the losses, batch, learning rate.
        student: moves.
        distillation_set: filled when the phase begins.
        discriminator: fresh; None unless `gan_weight`.
        perceptual: None unless `perceptual_weight`.
        num_steps: how many.
        pruner: of the student, or None.
        complexity: of the student as it was; needed with a target_compute_ratio.

    Attributes:
        student: as above.
        pruner: as above.
    """

    stage = reads = None

    def __init__(
        self,
        name: str,
        settings: SlimSettings,
        student: Network,
        distillation_set: DistillationSet,
        discriminator: Network | None,
        perceptual: PerceptualLoss | None,
        num_steps: int,
        pruner: ChannelPruner | None = None,
        complexity: Complexity | None = None,
    ) -> None:
        self.name = name
        self.num_steps = num_steps
        self._settings = settings
        self.student = self.sampled = student
        self._set = distillation_set
        self._discriminator = discriminator
        self._perceptual = perceptual
        self.pruner = pruner
        self._complexity = complexity
        scales = {scale.ref() for scale in pruner.scales} if pruner else set()
        self._weights = [weight for weight in student.trainable_variables if weight.ref() not in scales]
        _freeze_batch_statistics(student)
        self._optimizer = _adam(settings, self._weights)
        self.trackables: dict[str, Any] = {"student": student, "optimizer": self._optimizer}
        if discriminator:
            self._discriminator_optimizer = _adam(settings, discriminator.trainable_variables)
            self.trackables |= {
                "discriminator": discriminator,
                "discriminator_optimizer": self._discriminator_optimizer,
            }
        if pruner:
            self.trackables["pruner"] = pruner

    def prepare(self, ledger: Ledger, step: int) -> None:
        """Nothing: a batch is a function of the seed and the step."""

    def step(self, step: int) -> dict[str, float]:
        """One step on a random batch."""
        settings = self._settings
        factor = learning_rate_factor("cosine", step / self.num_steps, _FINAL_LEARNING_RATE_FRACTION)
        self._optimizer.learning_rate.assign(settings.distillation_learning_rate * factor)
        if self._discriminator:
            self._discriminator_optimizer.learning_rate.assign(settings.distillation_learning_rate * factor)
        rng = np.random.default_rng([settings.seed, step, 1])
        batch = self._set.batch(rng.integers(self._set.num_images, size=settings.distillation_batch_size))
        losses = {name: float(value) for name, value in self._train(*map(tf.constant, batch)).items()}
        return losses if self.pruner is None else {**losses, **self._channels_left(step)}

    def _channels_left(self, step: int) -> dict[str, float]:
        """Stops the pruning at the target, or at the end takes what is missing."""
        ratio = self._settings.target_compute_ratio
        if ratio is not None and step + 1 == self.num_steps:
            self.pruner.prune_to(self._complexity, ratio)
        left = self.pruner.num_channels()
        macs = self._complexity.macs_with(self.pruner.axes, self.pruner.masks())
        if ratio is not None and macs * ratio <= self._complexity.macs:
            self.pruner.stop_shrinking()
        by_axis = {f"channels_{index}": count for index, count in enumerate(left)}
        return {"channels": sum(left), **by_axis, "compute_ratio": self._complexity.macs / macs}

    @tf.function(jit_compile=False)
    def _train(self, latents: tf.Tensor, labels: tf.Tensor, targets: tf.Tensor) -> dict[str, tf.Tensor]:
        variables = [*self._weights, *(self.pruner.scales if self.pruner else ())]
        with tf.GradientTape() as tape:
            images = self.student((latents, labels), training=True)
            losses = self._losses(images, labels, targets)
            total = sum(getattr(self._settings, f"{name}_weight") * loss for name, loss in losses.items())
        gradients = tape.gradient(total, variables)
        self._optimizer.apply_gradients(zip(gradients, self._weights, strict=False))
        if self.pruner:
            self.pruner.step(gradients[len(self._weights) :])
        reported = {f"{name}_loss": loss for name, loss in losses.items()}
        if self._discriminator:
            reported["discriminator_loss"] = self._train_discriminator(images, labels, targets)
        return reported

    def _losses(self, images: tf.Tensor, labels: tf.Tensor, targets: tf.Tensor) -> dict[str, tf.Tensor]:
        losses = {}
        if self._settings.pixel_weight:
            losses["pixel"] = tf.reduce_mean(tf.abs(images - targets))
        if self._perceptual:
            losses["perceptual"] = self._perceptual(images, targets)
        if self._discriminator:
            losses["gan"] = tf.reduce_mean(Hinge().generator(self._discriminator((images, labels), training=True)))
        return losses

    def _train_discriminator(self, images: tf.Tensor, labels: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        variables, images = self._discriminator.trainable_variables, tf.stop_gradient(images)
        with tf.GradientTape() as tape:
            on_teacher = Hinge().real(self._discriminator((targets, labels), training=True))
            on_student = Hinge().generated(self._discriminator((images, labels), training=True))
            loss = tf.reduce_mean(on_teacher) + tf.reduce_mean(on_student)
        self._discriminator_optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss


def _freeze_batch_statistics(student: Network) -> None:
    """Batch normalisation computes as it will when images are drawn: so the student starts out equal to its teacher.

    The scales and offsets stay in the list of what is trained, which was made before.
    """
    for layer in student.submodules:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False


def _adam(settings: SlimSettings, variables: list[tf.Variable]) -> keras.optimizers.Optimizer:
    optimizer = keras.optimizers.AdamW(
        settings.distillation_learning_rate, weight_decay=settings.weight_decay, beta_1=0.5, beta_2=0.999
    )
    optimizer.build(variables)
    return optimizer
