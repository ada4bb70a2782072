# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The classifier trained by DP-SGD (Abadi et al. 2016, algorithm 1): the baseline that every DP paper starts from.

One more phase for the one loop: same ledger, same card, same checkpoints as a GAN's.
"""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf
import tf_keras as keras

from tfdpgan import models
from tfdpgan.data.dataset import Dataset
from tfdpgan.models.classifier import build_classifier, hidden_layers
from tfdpgan.privacy.ledger import Ledger
from tfdpgan.privacy.secure_noise import make_noise
from tfdpgan.privacy.validator import refuse_mixing_layers
from tfdpgan.training.averaging import AveragedGenerator
from tfdpgan.training.classifier_config import ClassifierConfig
from tfdpgan.training.draws import leading_axes, make_private_optimizer, make_sampler
from tfdpgan.training.plan import DP_SGD, PrivateStage
from tfdpgan.training.schedules import learning_rate_factor


class Classifier(tf.Module):
    """The network that learns, and the average of its weights that is released.

    Args:
        shape: of the images.
        config: the run's settings. Its `seed` fixes the weights, never noise or sampling.
    """

    def __init__(self, shape: models.ImageShape, config: ClassifierConfig) -> None:
        super().__init__(name="classifier")
        keras.utils.set_random_seed(config.seed)
        self.model = build_classifier(shape, config)
        self.averaged = AveragedGenerator(self.model, build_classifier(shape, config), config.ema_decay)
        hidden = hidden_layers(self.released)
        self._hidden = keras.Model(self.released.inputs, [layer.output for layer in hidden])

    @property
    def released(self) -> keras.Model:
        """The averaged network."""
        return self.averaged.model

    def hidden_features(self, images: tf.Tensor) -> tf.Tensor:
        """What the averaged network's hidden layers say of images `[batch, h, w, c]` in [-1, 1]: `[batch, dim]`.

        Each layer is divided by the root of its size, so that the mean squared differences of all of them add up.
        """
        layers = self._hidden(images, training=False)
        return tf.concat([layer / math.sqrt(layer.shape[1]) for layer in layers], axis=1)


class ClassifierPhase:
    """Steps of DP-SGD on Poisson batches of labelled images, or plain steps where there is no private stage.

    Reads private images and labels, one Poisson batch a step. Reports nothing that was computed from them.
    """

    def __init__(
        self, config: ClassifierConfig, dataset: Dataset, classifier: Classifier, stage: PrivateStage | None,
        name: str = DP_SGD,
    ) -> None:
        self.name = name
        self.num_steps = config.steps
        self.stage = stage
        self._config = config
        self._dataset = dataset
        self._classifier = classifier
        self._sampler = make_sampler(config, dataset.num_examples, stage)
        self._noise = make_noise(config.secure_noise, config.noise_seed)
        self._optimizer = self._make_optimizer()
        self._optimizer.build(classifier.model.trainable_variables)
        self.trackables: dict[str, Any] = {"optimizer": self._optimizer}
        axes = leading_axes(self._sampler)
        self._traced_step = tf.function(
            self._plain_step if stage is None else self._private_step, jit_compile=False, input_signature=[
                tf.TensorSpec([*axes, *dataset.image_shape]), tf.TensorSpec(axes, tf.int32),
                tf.TensorSpec(axes, tf.bool),
            ],
        )

    def prepare(self, ledger: Ledger, step: int) -> None:
        """Noise with a fixed seed (tests) continues at `step`."""
        del ledger  # the loop books this phase's steps
        self._noise.rewind(step)

    def step(self, step: int) -> dict[str, float]:
        """One step on one Poisson batch."""
        config = self._config
        learning_rate = config.learning_rate * learning_rate_factor(
            config.learning_rate_schedule, step / self.num_steps, config.final_learning_rate_fraction
        )
        self._optimizer.learning_rate.assign(learning_rate)
        drawn = self._sampler.draw(step)
        self._traced_step(
            tf.constant(self._dataset.batch(drawn.indices)), tf.constant(self._dataset.label_batch(drawn.indices)),
            tf.constant(drawn.mask),
        )
        return {"learning_rate": learning_rate}

    def _make_optimizer(self) -> keras.optimizers.Optimizer:
        config = self._config
        base: type[keras.optimizers.Optimizer] = keras.optimizers.SGD
        settings: dict[str, Any] = {"learning_rate": config.learning_rate, "momentum": config.momentum}
        if config.optimizer == "adam":
            base, settings = keras.optimizers.Adam, {"learning_rate": config.learning_rate, "beta_1": config.momentum}
        if self.stage is None:
            return base(**settings)
        refuse_mixing_layers(self._classifier.model)
        return make_private_optimizer(base, config, self.stage, self._noise, **settings)

    def _losses(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        logits = self._classifier.model(images, training=True)
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)

    def _private_step(self, images: tf.Tensor, labels: tf.Tensor, mask: tf.Tensor) -> None:
        gradients = self._optimizer.private_gradients(self._classifier.model, self._losses, (images, labels), mask)
        self._optimizer.apply_gradients(gradients)
        self._classifier.averaged.update()

    def _plain_step(self, images: tf.Tensor, labels: tf.Tensor, mask: tf.Tensor) -> None:
        variables = self._classifier.model.trainable_variables
        drawn_images, drawn_labels = tf.boolean_mask(images, mask), tf.boolean_mask(labels, mask)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(self._losses(drawn_images, drawn_labels)) / self._config.batch_size
        self._optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        self._classifier.averaged.update()
