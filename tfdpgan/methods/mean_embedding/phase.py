# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""DP-MERF: a generator trained on one noised release of the data's random-feature means.

Harder, Adamczewski and Park 2021 ("DP-MERF: Differentially Private Mean Embeddings with Random Features", algorithm
1). Each image x becomes phi(x) = (cos(w_1 x), sin(w_1 x), ...) / sqrt(F), a vector of norm 1, added to the row of its
class. One image more or less changes the matrix of sums by norm at most 1; Gaussian noise of standard deviation
`noise_multiplier` goes on every entry, once. All that follows is post-processing and reads no private image.

Where we differ from the paper:
* A constant feature joins phi, so that the noised class counts come out of the same release and classes of unequal
  size get means of the right length.
* Frequencies of several length scales side by side, on pixels, on scattering coefficients, and on the hidden layers of
  the auxiliary classifier (random_features.py). The last is what Harder et al. 2023 ("Pre-trained perceptual features
  improve differentially private image generation") do with a network that public images trained (--pretrained);
  without one, ours is trained on the private ones by DP-SGD before the release, so its features are post-processing.
* The squared distance is unbiased: the plain one also punishes the variance of the generated batch's mean, which
  rewards a generator for making its images alike.
"""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.data.dataset import Dataset
from tfdpgan.files import atomic
from tfdpgan.methods.mean_embedding.random_features import RandomFeatures
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.privacy.mechanisms import GaussianRelease
from tfdpgan.privacy.mechanisms.noise import GaussianNoise
from tfdpgan.training.networks import Networks
from tfdpgan.training.plan import PrivateStage

_COUNT_SHARE = 0.05  # of each example's squared norm, spent on counting the classes


def class_sums(features: RandomFeatures, dataset: Dataset, batch_size: int = 1000) -> np.ndarray:
    """The sums over each class of (sqrt(1 - s) phi(x), sqrt(s)): PRIVATE until noise is added.

    An image with a pixel that is not finite contributes zero, and no image's features are longer than 1 in float64, so
    the sensitivity under add/remove is 1 whatever an image holds. The sums stay in float64 until noise is on them: in
    float32 a million images would round each other by more than one of them adds.

    Returns:
        `[num_classes, dimension + 1]` float64.
    """
    num_classes = dataset.num_classes
    sums = np.zeros([num_classes, features.dimension + 1])
    for start in range(0, dataset.num_examples, batch_size):
        indices = np.arange(start, min(start + batch_size, dataset.num_examples))
        phi = features(tf.constant(dataset.batch(indices))).numpy().astype(np.float64)
        phi /= np.maximum(1.0, np.linalg.norm(phi, axis=1, keepdims=True))
        rows = np.hstack([math.sqrt(1.0 - _COUNT_SHARE) * phi, np.full([len(phi), 1], math.sqrt(_COUNT_SHARE))])
        rows[~np.isfinite(phi).all(axis=1)] = 0.0
        one_hot = np.eye(num_classes)[dataset.label_batch(indices)]
        sums += one_hot.T @ rows
    return sums


def class_means(noisy_sums: np.ndarray, noise_multiplier: float) -> np.ndarray:
    """Noised class means `[num_classes, dimension]` from noised sums: each row over its own noised count.

    A count below three standard deviations of its noise says nothing, and is replaced by that bound.
    """
    sums = noisy_sums[:, :-1] / math.sqrt(1.0 - _COUNT_SHARE)
    counts = noisy_sums[:, -1:] / math.sqrt(_COUNT_SHARE)
    return sums / np.maximum(counts, max(1.0, 3.0 * noise_multiplier / math.sqrt(_COUNT_SHARE)))


def unbiased_squared_distance(features: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """An unbiased estimate of ||E phi - target||^2 - ||target||^2, by class.

    Args:
        features: `[num_classes, per_class, dim]`, each of norm 1: independent draws of each class; per_class > 1.
        target: `[num_classes, dim]`.

    Returns:
        `[num_classes]` float32. ||mean||^2 overestimates ||E phi||^2 by the variance of the mean; the pairs of
        different draws alone do not.
    """
    count = tf.cast(tf.shape(features)[1], tf.float32)
    mean = tf.reduce_mean(features, axis=1)
    squared_norm = tf.reduce_sum(mean * mean, axis=-1)
    between_draws = (count * squared_norm - 1.0) / (count - 1.0)
    return between_draws - 2.0 * tf.reduce_sum(mean * target, axis=-1)


def _release_of(stage: PrivateStage | None) -> GaussianRelease | None:
    if stage is None:
        return None
    if not isinstance(stage.mechanism, GaussianRelease):
        raise TypeError(f"A mean embedding takes a Gaussian release. Received: {stage.mechanism}.")
    return stage.mechanism


class MeanEmbeddingPhase:
    """Takes the release (one booked access), then trains the generator on it for `--warm_start_steps` steps.

    Args:
        name: of the phase.
        config: the resolved settings.
        dataset: the images.
        networks: the generator, which moves, and the features that describe images, where there are some.
        stage: the release; None takes the sums without noise.
        release_file: where the release is kept.
    """

    def __init__(
        self,
        name: str,
        config: Any,
        dataset: Dataset,
        networks: Networks,
        stage: PrivateStage | None,
        release_file: Path,
    ) -> None:
        self.name = name
        self.num_steps = config.warm_start_steps
        self.stage = None  # its steps read no private data: only `prepare` does
        self.reads = stage
        self.sampled = networks.averaged.model
        self._mechanism = _release_of(stage)
        self._config = config
        self._dataset = dataset
        self._networks = networks
        self._release_file = release_file
        self._features = RandomFeatures.draw(dataset.image_shape, config, config.seed, networks.features)
        self._per_class = max(2, config.warm_start_batch_size // dataset.num_classes)
        self._target = tf.Variable(tf.zeros([dataset.num_classes, self._features.dimension]), trainable=False)
        self._optimizer = keras.optimizers.Adam(config.warm_start_learning_rate)
        self._optimizer.build(networks.generator.trainable_variables)
        self.trackables = {**networks.of_generator, "optimizer": self._optimizer}

    @property
    def features(self) -> RandomFeatures:
        """What is summed."""
        return self._features

    def prepare(self, ledger: Ledger, step: int) -> None:
        """Takes the release, unless an earlier run of this directory has it on disk. Booked before it is taken."""
        is_released = self._release_file.exists()
        if self.reads is not None:
            ledger.resume(self.name, int(is_released))
        if not is_released:
            self._release(ledger)
        self._target.assign(np.load(self._release_file))

    def _release(self, ledger: Ledger) -> None:
        mechanism = self._mechanism
        if mechanism is not None:
            ledger.book(self.name, 1)
        sums = class_sums(self._features, self._dataset)
        if mechanism is not None:
            sums = mechanism.release(sums, GaussianNoise(self._config.noise_seed))
        means = class_means(sums, mechanism.noise_multiplier if mechanism else 0.0)
        _save_array(self._release_file, means.astype(np.float32))
        if mechanism is not None:
            ledger.settle(self.name, 1)

    def step(self, step: int) -> dict[str, float]:
        """One generator step; returns the estimated squared distance to the released means."""
        factor = 0.5 * (1.0 + math.cos(math.pi * step / self.num_steps))
        self._optimizer.learning_rate.assign(self._config.warm_start_learning_rate * (0.05 + 0.95 * factor))
        return {"embedding_distance": float(self._train_step())}

    @tf.function(jit_compile=False)
    def _train_step(self) -> tf.Tensor:
        num_classes = self._networks.shape.num_classes
        inputs = self._networks.draw_inputs(self._per_class * num_classes, balanced=True)
        with tf.GradientTape() as tape:
            images = self._networks.generator(inputs, training=True)
            phi = self._features(images)
            by_class = tf.transpose(tf.reshape(phi, [self._per_class, num_classes, -1]), [1, 0, 2])
            loss = tf.reduce_mean(unbiased_squared_distance(by_class, self._target))
            guidance = self._networks.classification_loss(images, inputs[1])
            total = loss + self._config.warm_start_classifier_weight * guidance
        gradients = tape.gradient(total, self._networks.generator.trainable_variables)
        self._networks.apply_to_generator(self._optimizer, gradients)
        return loss + tf.reduce_mean(tf.reduce_sum(self._target**2, axis=-1))


def _save_array(path: Path, array: np.ndarray) -> None:
    buffer = io.BytesIO()
    np.save(buffer, array)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_bytes_atomically(path, buffer.getvalue())
