# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The networks of a generator's training, and the random generator of their latents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
import tf_keras as keras

from tfdpgan import models
from tfdpgan.data.dataset import Dataset
from tfdpgan.models import latents
from tfdpgan.models.network import Network
from tfdpgan.models.start import take_over
from tfdpgan.training.averaging import AveragedGenerator


def image_shape(dataset: Dataset) -> models.ImageShape:
    """What the architectures need to know of a data set."""
    return models.ImageShape(*dataset.image_shape, dataset.num_classes)


class Networks(tf.Module):
    """Generator, its average and discriminator, which the phases of a run hand on to each other.

    Attributes:
        judge: what tells the generator whether an image shows its class, where a phase has set one: a model from images
            `[n, h, w, c]` to logits `[n, num_classes]`; trained before it is asked, and never moved by the generator's
            steps.
        features: of images: `[n, dim]`, of the same origin; None for none.
        gradient_hooks: each takes the gradients of the generator's trainable variables before its optimizer does, and
            returns what goes on in their place.
        generator_hooks: called after each step of the generator's optimizer, before its average follows, in the same
            graph: where masks are applied.

    Args:
        shape: of the images.
        config: the run's settings. Its `seed` fixes the weights and the latents, never noise or sampling.
    """

    def __init__(self, shape: models.ImageShape, config: Any) -> None:
        super().__init__(name="networks")
        keras.utils.set_random_seed(config.seed)
        generator = models.build_generator(shape, config)
        averaged = AveragedGenerator(generator, models.build_generator(shape, config), config.ema_decay)
        self._set(shape, config, generator, averaged, tf.random.Generator.from_seed(config.seed))

    def _set(
        self,
        shape: models.ImageShape,
        config: Any,
        generator: keras.Model,
        averaged: AveragedGenerator,
        rng: tf.random.Generator,
    ) -> None:
        self.shape = shape
        self.latent_dim = config.latent_dim
        self.generator = generator
        self.averaged = averaged
        self.discriminator = models.build_discriminator(shape, config)
        self.judge: keras.Model | None = None
        self.features: Callable[[tf.Tensor], tf.Tensor] | None = None
        self.gradient_hooks: list[Callable[[Sequence[tf.Tensor]], Sequence[tf.Tensor]]] = []
        self.generator_hooks: list[Callable[[], Any]] = []
        self.rng = rng

    def start_from(self, generator: Network) -> None:
        """Takes over the weights of a generator of the same architecture and settings; its classes may be others."""
        take_over(generator, self.generator)
        self.averaged.restart()

    @property
    def of_generator(self) -> dict[str, tf.Module]:
        """What every step of the generator changes, for the checkpoint of a phase that takes such steps."""
        return {"generator": self.generator, "averaged": self.averaged, "rng": self.rng}

    def draw_inputs(self, batch_size: int, balanced: bool = False) -> tuple[tf.Tensor, tf.Tensor]:
        """Latents and labels for `batch_size` images; balanced: every class equally often."""
        z = latents.draw_latents(self.rng, batch_size, self.latent_dim)
        if balanced:
            return z, latents.balanced_labels(batch_size, self.shape.num_classes)
        return z, latents.draw_labels(self.rng, batch_size, self.shape.num_classes)

    def grow(self, progress: float) -> None:
        """Tells every network what share of the steps is done."""
        for network in (self.generator, self.averaged.model, self.discriminator):
            network.grow(progress)

    def classification_loss(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """The mean cross-entropy of `labels` as the judge reads `images`; 0 without one."""
        if self.judge is None:
            return tf.constant(0.0)
        logits = self.judge(images, training=False)
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))

    def apply_to_generator(self, optimizer: keras.optimizers.Optimizer, gradients: Sequence[tf.Tensor]) -> None:
        """One update of the generator: hooks on its gradients, then optimizer, then hooks, then average."""
        for change in self.gradient_hooks:
            gradients = change(gradients)
        optimizer.apply_gradients(zip(gradients, self.generator.trainable_variables, strict=True))
        for hook in self.generator_hooks:
            hook()
        self.averaged.update()


def make_optimizer_settings(config: Any) -> tuple[type[keras.optimizers.Optimizer], dict[str, float]]:
    """The Keras optimizer class and the keyword arguments that `--optimizer` asks for."""
    if config.optimizer == "sgd":
        return keras.optimizers.SGD, {}
    return keras.optimizers.Adam, {"beta_1": config.beta_1, "beta_2": config.beta_2}
