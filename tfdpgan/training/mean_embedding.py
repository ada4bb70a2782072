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
  improve differentially private image generation") do with a network that public images trained; ours was trained on
  the private ones by DP-SGD before the release, so its features are post-processing.
* The squared distance is unbiased: the plain one also punishes the variance of the generated batch's mean, which
  rewards a generator for making its images alike.
"""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.config import TrainConfig
from tfdpgan.data.dataset import Dataset
from tfdpgan.privacy import atomic_file
from tfdpgan.privacy.ledger import Ledger
from tfdpgan.privacy.secure_noise import make_noise
from tfdpgan.training.plan import MEAN_EMBEDDING, PrivateStage
from tfdpgan.training.players import Players
from tfdpgan.training.random_features import RandomFeatures

_COUNT_SHARE = 0.05  # of each example's squared norm, spent on counting the classes


def class_sums(features: RandomFeatures, dataset: Dataset, batch_size: int = 1000) -> np.ndarray:
    """The sums over each class of (sqrt(1 - s) phi(x), sqrt(s)): PRIVATE until noise is added.

    An image with a pixel that is not finite contributes zero, so the sensitivity under add/remove is 1 whatever an
    image holds.

    Returns:
        `[num_classes, dimension + 1]` float32.
    """
    num_classes = dataset.num_classes
    sums = np.zeros([num_classes, features.dimension + 1])
    for start in range(0, dataset.num_examples, batch_size):
        indices = np.arange(start, min(start + batch_size, dataset.num_examples))
        phi = features(tf.constant(dataset.batch(indices))).numpy()
        rows = np.hstack([math.sqrt(1.0 - _COUNT_SHARE) * phi, np.full([len(phi), 1], math.sqrt(_COUNT_SHARE))])
        rows[~np.isfinite(phi).all(axis=1)] = 0.0
        one_hot = np.eye(num_classes)[dataset.label_batch(indices)]
        sums += one_hot.T @ rows
    return sums.astype(np.float32)


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


class MeanEmbeddingPhase:
    """Takes the release (one booked access), then trains the generator on it for `--warm_start_steps` steps."""

    name = MEAN_EMBEDDING

    def __init__(self, config: TrainConfig, dataset: Dataset, players: Players, stage: PrivateStage | None,
                 checkpoint_dir: Path) -> None:
        self.num_steps = config.warm_start_steps
        self.stage = None  # its steps read no private data: only `prepare` does
        self._release_stage = stage
        self._config = config
        self._dataset = dataset
        self._players = players
        self._release_path = checkpoint_dir / "mean_embedding.npy"
        hidden_features = players.classifier and players.classifier.hidden_features
        self._features = RandomFeatures.draw(dataset.image_shape, config, config.seed, hidden_features)
        self._per_class = max(2, config.warm_start_batch_size // dataset.num_classes)
        self._target = tf.Variable(tf.zeros([dataset.num_classes, self._features.dimension]), trainable=False)
        self._optimizer = keras.optimizers.Adam(config.warm_start_learning_rate)
        self._optimizer.build(players.generator.trainable_variables)
        self.trackables = {"optimizer": self._optimizer}

    def prepare(self, ledger: Ledger, step: int) -> None:
        """Takes the release, unless an earlier run of this directory has it on disk. Booked before it is taken."""
        is_released = self._release_path.exists()
        if self._release_stage is not None:
            ledger.resume(self.name, int(is_released))
        if not is_released:
            self._release(ledger)
        self._target.assign(np.load(self._release_path))

    def _release(self, ledger: Ledger) -> None:
        noise_multiplier = 0.0
        if self._release_stage is not None:
            noise_multiplier = self._release_stage.parameters["noise_multiplier"]
            ledger.book(self.name, 1)
        sums = class_sums(self._features, self._dataset)
        if self._release_stage is not None:
            noise = make_noise(self._config.secure_noise, self._config.noise_seed)
            sums = noise.add([tf.constant(sums)], noise_multiplier)[0].numpy()
        _save_array(self._release_path, class_means(sums, noise_multiplier))
        if self._release_stage is not None:
            ledger.settle(self.name, 1)

    def step(self, step: int) -> dict[str, float]:
        """One generator step; returns the estimated squared distance to the released means."""
        factor = 0.5 * (1.0 + math.cos(math.pi * step / self.num_steps))
        self._optimizer.learning_rate.assign(self._config.warm_start_learning_rate * (0.05 + 0.95 * factor))
        return {"embedding_distance": float(self._train_step())}

    @tf.function(jit_compile=False)
    def _train_step(self) -> tf.Tensor:
        num_classes = self._players.shape.num_classes
        inputs = self._players.draw_inputs(self._per_class * num_classes, balanced=True)
        with tf.GradientTape() as tape:
            images = self._players.generator(inputs, training=True)
            phi = self._features(images)
            by_class = tf.transpose(tf.reshape(phi, [self._per_class, num_classes, -1]), [1, 0, 2])
            loss = tf.reduce_mean(unbiased_squared_distance(by_class, self._target))
            guidance = self._players.classification_loss(images, inputs[1])
            total = loss + self._config.warm_start_classifier_weight * guidance
        variables = self._players.generator.trainable_variables
        self._optimizer.apply_gradients(zip(tape.gradient(total, variables), variables, strict=True))
        self._players.averaged.update()
        return loss + tf.reduce_mean(tf.reduce_sum(self._target**2, axis=-1))


def _save_array(path: Path, array: np.ndarray) -> None:
    buffer = io.BytesIO()
    np.save(buffer, array)
    atomic_file.write_bytes_atomically(path, buffer.getvalue())
