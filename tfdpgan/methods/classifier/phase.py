# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The classifier trained by DP-SGD (Abadi et al. 2016, algorithm 1): the baseline that every DP paper starts from.

One more phase for the one loop: same ledger, same card, same checkpoints as a GAN's.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan import models
from tfdpgan.data.dataset import Dataset
from tfdpgan.methods.classifier.front_features import features_of_all
from tfdpgan.methods.classifier.settings import ClassifierConfig
from tfdpgan.models.classifiers import build_classifier, front_and_head, hidden_features
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.training.averaging import AveragedGenerator
from tfdpgan.training.plan import PrivateStage
from tfdpgan.training.schedules import learning_rate_factor
from tfdpgan.training.update import Batch, Learning, Update, make_update


class Classifier(tf.Module):
    """The network that learns, and the average of its weights that is released.

    Args:
        shape: of the images.
        config: the run's settings. Its `seed` fixes the weights, never noise or sampling.

    Attributes:
        front: the public transform that it begins with, or None.
        head: what learns: the whole network, or all of it behind `front`.
        hidden_features: what the averaged network's hidden layers say of images (`models.classifiers.hidden_features`).
    """

    def __init__(self, shape: models.ImageShape, config: ClassifierConfig) -> None:
        super().__init__(name="classifier")
        keras.utils.set_random_seed(config.seed)
        self.model = build_classifier(shape, config)
        self.front, self.head = front_and_head(self.model)
        self.averaged = AveragedGenerator(self.model, build_classifier(shape, config), config.ema_decay)
        self.hidden_features = hidden_features(self.released)

    @property
    def released(self) -> keras.Model:
        """The averaged network."""
        return self.averaged.model

    def start_from(self, classifier: keras.Model) -> None:
        """Takes over the weights of another classifier of these images; those of its classes where it has as many."""
        for model in (self.model, self.released):
            for mine, other in zip(model.weights, classifier.weights, strict=True):
                if mine.shape == other.shape:
                    mine.assign(other)


class ClassifierPhase:
    """Steps of DP-SGD on Poisson batches of labelled images, or plain steps where there is no private stage.

    Reads private images and labels, one Poisson batch a step. Reports nothing that was computed from them.

    Args:
        name: of the phase.
        config: the resolved settings.
        dataset: labelled images.
        classifier: moves.
        stage: the accesses to private images; None trains plainly.
    """

    def __init__(
        self, name: str, config: ClassifierConfig, dataset: Dataset, classifier: Classifier, stage: PrivateStage | None
    ) -> None:
        self.name = name
        self.num_steps = config.steps
        self.stage = self.reads = stage
        self.sampled = None
        self._config = config
        self._dataset = dataset
        self._classifier = classifier
        learning = Learning(
            classifier.head, self._losses, self._real_batches, self._real_signature, then=classifier.averaged.update
        )
        self._update = make_update(stage, learning, dataset.num_examples, config, *self._optimizer_settings())
        self.trackables = {"classifier": classifier, "optimizer": self._update.optimizer}

    @property
    def update(self) -> Update:
        """What moves the network that sees real images."""
        return self._update

    def prepare(self, ledger: Ledger, step: int) -> None:
        """Noise with a fixed seed (tests) continues at `step`."""
        del ledger  # the loop books this phase's steps
        self._update.rewind(step)

    def step(self, step: int) -> dict[str, float]:
        """One step on one Poisson batch."""
        config = self._config
        learning_rate = config.learning_rate * learning_rate_factor(
            config.learning_rate_schedule, step / self.num_steps, config.final_learning_rate_fraction
        )
        self._update.optimizer.learning_rate.assign(learning_rate)
        self._update.step(step)
        return {"learning_rate": learning_rate}

    def _optimizer_settings(self) -> tuple[type[keras.optimizers.Optimizer], dict[str, Any]]:
        config = self._config
        if config.optimizer == "adam":
            return keras.optimizers.Adam, {"learning_rate": config.learning_rate, "beta_1": config.momentum}
        return keras.optimizers.SGD, {"learning_rate": config.learning_rate, "momentum": config.momentum}

    @functools.cached_property
    def _features(self) -> np.ndarray:
        """Of all training images, at the first step. PRIVATE."""
        assert self._classifier.front is not None
        return features_of_all(self._classifier.front, self._dataset)

    def _real_batches(self, indices: np.ndarray, step: int) -> Batch:
        del step
        has_front = self._classifier.front is not None
        inputs = self._features[indices] if has_front else self._dataset.batch(indices)
        return tf.constant(inputs), tf.constant(self._dataset.label_batch(indices))

    def _real_signature(self, axes: list[int | None]) -> tuple[tf.TensorSpec, ...]:
        front = self._classifier.front
        if front is None:
            return tf.TensorSpec([*axes, *self._dataset.image_shape]), tf.TensorSpec(axes, tf.int32)
        inputs = tf.TensorSpec([*axes, front.output.shape[1]], tf.float16)
        return inputs, tf.TensorSpec(axes, tf.int32)

    def _losses(self, inputs: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        logits = self._classifier.head(tf.cast(inputs, tf.float32), training=True)
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
