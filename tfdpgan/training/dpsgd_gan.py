# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The GAN whose discriminator is trained by DP-SGD (Abadi et al. 2016) on the real examples.

Following Wincott 2020 and Xie et al. 2018: only the discriminator reads private images, so only its gradients are
privatised, and only their real part gets noise. The generator learns from the discriminator: post-processing.
"""

from __future__ import annotations

import tensorflow as tf

from tfdpgan.config import ConfigError, TrainConfig
from tfdpgan.data.dataset import Dataset
from tfdpgan.privacy.generated_part import GeneratedPart
from tfdpgan.privacy.poisson import PoissonBatch
from tfdpgan.privacy.secure_noise import make_noise
from tfdpgan.privacy.validator import refuse_mixing_layers
from tfdpgan.training.draws import leading_axes, make_private_optimizer
from tfdpgan.training.gan import GANPhase
from tfdpgan.training.plan import DP_SGD, PrivateStage
from tfdpgan.training.players import Players, make_optimizer_settings


class DPSGDGANPhase(GANPhase):
    """A GAN phase with a private discriminator. Reads private images: `--steps` Poisson batches of them."""

    name = DP_SGD

    def __init__(self, config: TrainConfig, dataset: Dataset, players: Players, stage: PrivateStage) -> None:
        refuse_mixing_layers(players.discriminator)
        super().__init__(config, dataset, players, stage)
        if self._loss.has_penalty and config.clipping_method == "book_keeping":
            raise ConfigError(
                f"--clipping_method=book_keeping cannot serve --loss={config.loss}, which takes a gradient of its own. "
                "Leave it out, or use --clipping_method=vectorized_map."
            )
        optimizer_class, settings = make_optimizer_settings(config)
        self._noise = make_noise(config.secure_noise, config.noise_seed)
        self._optimizer = make_private_optimizer(
            optimizer_class, config, stage, self._noise, clip_generated=config.clip_generated,
            learning_rate=config.learning_rate, **settings,
        )
        self._optimizer.build(players.discriminator.trainable_variables)
        self.trackables["discriminator_optimizer"] = self._optimizer
        self._traced_step = tf.function(
            self._private_step, jit_compile=False,
            input_signature=[self._real_signature, tf.TensorSpec(leading_axes(self._sampler), tf.bool)],
        )

    def prepare(self, ledger, step: int) -> None:
        """As for every GAN phase; noise with a fixed seed (tests) continues at `step`."""
        super().prepare(ledger, step)
        self._noise.rewind(step)

    def _discriminator_step(self, drawn: PoissonBatch, step: int) -> None:
        self._traced_step(self._real_batches(drawn.indices, step), tf.constant(drawn.mask))

    def _private_step(self, real: tuple[tf.Tensor, ...], mask: tf.Tensor) -> None:
        generated = GeneratedPart(self._generated_loss, (self._pool_images.value(), self._pool_labels.value()))
        gradients = self._optimizer.private_gradients(
            self._players.discriminator, self._real_loss, real, mask, generated
        )
        self._optimizer.apply_gradients(gradients)

    def _set_discriminator_learning_rate(self, value: float) -> None:
        self._optimizer.learning_rate.assign(value)
