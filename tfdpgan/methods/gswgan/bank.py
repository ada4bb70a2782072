# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The bank: one critic for each shard, with its optimizer's state, as stacked variables.

PRIVATE. The critics are trained without noise on a handful of images each. Only what the gradient sanitizer makes of
them leaves; the bank itself is kept in the run's `private/` (bank_files.py) and is never released, exported or sampled
with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfdpgan.methods.gswgan.adam import Adam, adam_step
from tfdpgan.methods.gswgan.critic_spec import CriticSpec
from tfdpgan.methods.gswgan.critics import (
    Weights,
    critic_losses,
    initial_directions,
    initial_weights,
    normalized,
    power_iteration,
    scores,
)


class Batches(NamedTuple):
    """Batches for s steps of n critics, b images each.

    Attributes:
        real: `[s, n, b, height, width, channels]` float32 in [-1, 1], each row from the critic's own shard.
        generated: the same shape, a partner for each real image, made with its label by a generator that reads nothing
            private here (no running statistics: labels of real images are private).
        labels: `[s, n, b]` int32, of the real images.
        positions: `[s, n, b]` float32 in [0, 1): where between the two the slope is held at 1.
    """

    real: tf.Tensor
    generated: tf.Tensor
    labels: tf.Tensor
    positions: tf.Tensor


class CriticBank:
    """K critics, of which any may be trained or asked at once.

    Args:
        spec: of the critics.
        num_critics: K.
        seed: of the initial weights.
        adam: the optimizer's constants.

    Attributes:
        state: name -> variable `[K, ...]`: "weights/...", "means/...", "squares/...", "directions/..." and "steps".
        changed: `[K]` bool, critics that were trained since `changed` was last cleared: what a save has to write.
    """

    def __init__(
        self,
        spec: CriticSpec,
        num_critics: int,
        seed: int,
        adam: Adam = Adam(),  # noqa: B008  (frozen)
    ) -> None:
        rng = np.random.default_rng([seed, num_critics])
        self.spec, self.num_critics = spec, num_critics
        self._adam = adam
        weights = initial_weights(spec, num_critics, rng)
        parts = {"weights": weights, "directions": initial_directions(spec, num_critics, rng)}
        parts |= {
            part: {name: np.zeros_like(value) for name, value in weights.items()} for part in ("means", "squares")
        }
        arrays = {f"{part}/{name}": value for part, values in parts.items() for name, value in values.items()}
        arrays["steps"] = np.zeros([num_critics], np.float32)
        self.state = {name: tf.Variable(value, trainable=False) for name, value in arrays.items()}
        self.changed = np.ones([num_critics], bool)
        self._train = tf.function(self._train_rows, reduce_retracing=False)

    def train(self, critics: np.ndarray, batches: Batches) -> tf.Tensor:
        """Adam steps of some critics, all at once, each on its own batches.

        Which critics are trained, and when, must not depend on a secret draw (`GradientSanitizer` says why).

        Args:
            critics: `[n]` whole numbers, each at most once.
            batches: of s steps.

        Returns:
            Losses `[n]` of the last step. PRIVATE.

        Raises:
            ValueError: a critic is named twice: only one of its updates would survive.
        """
        critics = np.asarray(critics)
        if len(np.unique(critics)) != len(critics):
            raise ValueError(f"Each critic is trained once at a time. Received: {critics.tolist()}.")
        self.changed[critics] = True
        return self._train(tf.constant(critics, tf.int32), batches)

    def judge(self, critics: tf.Tensor) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
        """What the drawn critics think of images, as a function to take gradients of.

        Args:
            critics: `[B]` int32, one for each image, or `[1]`, one for all.

        Returns:
            (images `[B, h, w, c]`, labels `[B]`) -> scores `[B]`; each from its own image and critic.
        """
        rows = self._rows(critics)
        weights = normalized(rows["weights"], rows["directions"])

        def judged(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
            axis = 0 if critics.shape[0] == 1 else 1
            found = scores(self.spec, weights, tf.expand_dims(images, axis), tf.expand_dims(labels, axis))
            return tf.reshape(found, [images.shape[0]])

        return judged

    def _rows(self, critics: tf.Tensor) -> dict[str, Weights]:
        rows: dict[str, Weights] = {"weights": {}, "means": {}, "squares": {}, "directions": {}, "steps": {}}
        for name, variable in self.state.items():
            part, _, key = name.partition("/")
            rows[part][key] = tf.gather(variable, critics)
        return rows

    def _train_rows(self, critics: tf.Tensor, batches: Batches) -> tf.Tensor:
        rows = self._rows(critics)
        if self.spec.kind == "patch" or critics.shape[0] == 1:
            rows, losses = self._steps(rows, batches)
        else:
            by_critic = Batches(*(tf.experimental.numpy.swapaxes(part, 0, 1) for part in batches))
            signature = (tf.nest.map_structure(lambda row: tf.TensorSpec(row.shape[1:], row.dtype), rows), tf.float32)
            rows, losses = tf.map_fn(self._steps_of_one, (rows, by_critic), fn_output_signature=signature)
        for name, variable in self.state.items():
            part, _, key = name.partition("/")
            variable.scatter_update(tf.IndexedSlices(rows[part][key], critics))
        return losses

    def _steps_of_one(self, one: tuple[dict[str, Weights], Batches]) -> tuple[dict[str, Weights], tf.Tensor]:
        rows = tf.nest.map_structure(lambda row: row[tf.newaxis], one[0])
        rows, losses = self._steps(rows, Batches(*(part[:, tf.newaxis] for part in one[1])))
        return tf.nest.map_structure(lambda row: row[0], rows), losses[0]

    def _steps(self, rows: dict[str, Weights], batches: Batches) -> tuple[dict[str, Weights], tf.Tensor]:
        losses = tf.zeros([batches.real.shape[1]])
        for step in tf.range(batches.real.shape[0]):
            rows, losses = self._step(rows, Batches(*(part[step] for part in batches)))
        return rows, losses

    def _step(self, rows: dict[str, Weights], batch: Batches) -> tuple[dict[str, Weights], tf.Tensor]:
        weights, directions = rows["weights"], power_iteration(rows["weights"], rows["directions"])
        with tf.GradientTape() as tape:
            tape.watch(weights)
            losses = critic_losses(
                self.spec, normalized(weights, directions), batch.real, batch.generated, batch.labels, batch.positions
            )
        gradients = tape.gradient(losses, weights)  # of the sum: each critic's own
        return adam_step(rows, gradients, self._adam) | {"directions": directions}, losses
