# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The classifiers of the drawn shards: made, taught and asked within one round."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from tfdpgan.data.dataset import Dataset
from tfdpgan.methods.dpac.class_score import (
    class_scores,
    combined_losses,
    fresh_classifiers,
    train_classifiers,
)
from tfdpgan.methods.gswgan.adam import Adam, Rows
from tfdpgan.methods.gswgan.critics import normalized, scores
from tfdpgan.methods.gswgan.school import School, public_pool, spec_of
from tfdpgan.training.networks import Networks

_BEGINNINGS, _LESSONS = 3, 4  # kinds of the public randomness


class ShardClassifiers:
    """One classifier for each draw of a round: first on generated images, then on the drawn shard.

    PRIVATE once real images were among its lessons. Classifier and critic judge an image together: their losses are
    added up before the one gradient that is sanitised. (The published program sanitises two, and charges one.)

    Args:
        config: the resolved settings.
        dataset: the private images.
        networks: the generator.
        school: of the critics; its shards are the classifiers' too.
        num_draws: n, draws of a round.

    Raises:
        ValueError: there is one class only.
    """

    def __init__(self, config: Any, dataset: Dataset, networks: Networks, school: School, num_draws: int) -> None:
        if networks.shape.num_classes < 2:
            raise ValueError("--method=dpac needs images of two classes or more. Try --method=gswgan.")
        self._config, self._dataset, self._networks, self._school = config, dataset, networks, school
        self._num_draws = num_draws
        self._adam = Adam(config.dpac_learning_rate)
        self._spec = spec_of(config, networks, networks.shape.num_classes)
        self._kept: Rows | None = None
        if not config.dpac_fresh_start:
            beginnings = _repeated(self._beginnings(0), num_draws)
            self._kept = tf.nest.map_structure(lambda value: tf.Variable(value, trainable=False), beginnings)
        self._on_generated = tf.function(self._learn_generated)
        self._on_real = tf.function(self._learn)

    @property
    def trackables(self) -> dict[str, Any]:
        """The classifiers that are carried over; nothing where each round begins anew."""
        if self._kept is None:
            return {}
        return {"classifiers": tf.train.Checkpoint(rows=tf.nest.flatten(self._kept))}  # sorted by name

    def learn(self, drawn: np.ndarray, step: int) -> Rows | None:
        """The classifiers of a round; None before they enter."""
        config = self._config
        if step < config.dpac_entry_round:
            return None
        # All begin alike, and generated images are the same for all: one learns for all until shards tell them apart.
        rows = self._beginnings(step) if self._kept is None else tf.nest.map_structure(tf.convert_to_tensor, self._kept)
        if config.dpac_generated_first:
            rows = self._from_real(self._from_generated(rows), drawn, step)
        else:
            rows = self._from_generated(self._from_real(rows, drawn, step))
        rows = _repeated(rows, self._num_draws)
        if self._kept is not None:
            tf.nest.map_structure(lambda variable, value: variable.assign(value), self._kept, rows)
        return rows

    def losses(self, critic_scores: tf.Tensor, images: tf.Tensor, labels: tf.Tensor, rows: Rows) -> tf.Tensor:
        """-(w_D D(x, y) + w_C s(x, y)) / (w_D + w_C) of each image `[B]`."""
        axis = 0 if self._num_draws == 1 else 1
        weights = normalized(rows["weights"], rows["directions"])
        outputs = scores(self._spec, weights, tf.expand_dims(images, axis), tf.expand_dims(labels, axis))
        found = class_scores(tf.reshape(outputs, [images.shape[0], self._spec.num_outputs]), labels)
        return combined_losses(critic_scores, found, self._config.dpac_critic_weight, self._config.dpac_class_weight)

    def _beginnings(self, step: int) -> Rows:
        return fresh_classifiers(self._spec, 1, self._school.random(_BEGINNINGS, step))

    def _from_generated(self, rows: Rows) -> Rows:
        return self._on_generated(rows) if self._config.dpac_gen2real else rows

    def _from_real(self, rows: Rows, drawn: np.ndarray, step: int) -> Rows:
        config = self._config
        if not config.dpac_real2gen:
            return rows
        rng = self._school.random(_LESSONS, step)
        positions = self._school.shards.draw_positions(drawn, config.dpac_steps, config.critic_batch_size, rng)
        images, labels = self._dataset.batch(positions), self._dataset.label_batch(positions)
        return self._on_real(_repeated(rows, self._num_draws), tf.constant(images), tf.constant(labels, tf.int32))

    def _learn_generated(self, rows: Rows) -> Rows:
        images, labels = public_pool(self._networks, self._config.dpac_generated)
        many = [self._config.dpac_steps, next(iter(rows["weights"].values())).shape[0]]
        images = tf.tile(images[tf.newaxis, tf.newaxis], [*many, 1, 1, 1, 1])
        return self._learn(rows, images, tf.tile(labels[tf.newaxis, tf.newaxis], [*many, 1]))

    def _learn(self, rows: Rows, images: tf.Tensor, labels: tf.Tensor) -> Rows:
        return train_classifiers(self._spec, rows, images, labels, self._adam)


def _repeated(rows: Rows, num_networks: int) -> Rows:
    """One network as many; many stay as they are."""

    def repeat(value: tf.Tensor) -> tf.Tensor:
        return value if value.shape[0] == num_networks else tf.repeat(value, num_networks, axis=0)

    return tf.nest.map_structure(repeat, rows)
