# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The real images of a discriminator's step: what is drawn for each of them, and their loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from tfdpgan.data.dataset import Dataset
from tfdpgan.losses import GANLoss
from tfdpgan.training.augmentation.diff_augment import NUM_DRAWS, diff_augment
from tfdpgan.training.augmentation.pseudo_real import PseudoReal
from tfdpgan.training.update import Batch

Judge = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


class RealImages:
    """Loads real images and says what the discriminator loses on them.

    What is random about an image (its augmentation, whether a generated one takes its place, its partner in a penalty)
    is drawn for each image on its own, in secret, and handed to the loss. A draw by the place in the batch, or by a
    public seed, would tell the sum of a draw from the sum of the same draw with one image more in every term, not in
    one. So under differential privacy all of it stays inside the one gradient of each image that is clipped.

    Args:
        config: resolved settings.
        dataset: the images.
        loss: of the GAN.
        judge: images and labels to logits.
        pool: generated images `[num_generated, h, w, c]` and their labels.
        is_private: every step has the penalty, at its own strength; otherwise the loss may be lazy.
    """

    def __init__(
        self,
        config: Any,
        dataset: Dataset,
        loss: GANLoss,
        judge: Judge,
        pool: tuple[tf.Variable, tf.Variable],
        is_private: bool,
    ) -> None:
        self._config, self._dataset, self._loss, self._judge = config, dataset, loss, judge
        self._pool_images, self._pool_labels = pool
        self._is_private = is_private
        self._penalty_every = 1 if is_private else loss.penalty_every
        self._copies = config.augmentation_copies if config.diff_augment != "none" else 1
        self.pseudo = PseudoReal(config.pseudo_probability, config.pseudo_target, config.batch_size)
        self._has_pseudo = config.pseudo_probability > 0 or self.pseudo.is_adaptive

    def load(self, indices: np.ndarray, step: int) -> Batch:
        """What `loss` takes, with the leading axes of `indices`."""
        parts = [self._dataset.batch(indices), self._dataset.label_batch(indices)]
        if self._has_pseudo:
            parts.append(self._draw_pseudo(indices.shape, step))
        if self._config.diff_augment != "none":
            draws = self._random(step, 3).random((*indices.shape, self._copies, NUM_DRAWS), dtype=np.float32)
            parts.append(draws)
        if self._loss.has_penalty and step % self._penalty_every == 0:
            parts += self.draw_pairing(indices.shape, step)
        return tuple(tf.constant(part) for part in parts)

    def signature(self, axes: list[int | None]) -> tuple[tf.TensorSpec, ...]:
        """Of `load` in a step that has the penalty."""
        parts = [tf.TensorSpec([*axes, *self._pool_images.shape[1:]]), tf.TensorSpec(axes, tf.int32)]
        if self._has_pseudo:
            parts.append(tf.TensorSpec(axes, tf.int32))
        if self._config.diff_augment != "none":
            parts.append(tf.TensorSpec([*axes, self._copies, NUM_DRAWS]))
        if self._loss.has_penalty:
            parts += [tf.TensorSpec(axes, tf.int32), tf.TensorSpec(axes)]
        return tuple(parts)

    def loss(self, images: tf.Tensor, labels: tf.Tensor, *drawn: tf.Tensor) -> tf.Tensor:
        """Of each image `[n]`: the mean over its augmented copies, and the penalty of the image as it is."""
        rest = list(drawn)
        if self._has_pseudo:
            images, labels = self._posed(images, labels, rest.pop(0))
        copies = [images]
        if self._config.diff_augment != "none":
            draws = rest.pop(0)
            copies = [diff_augment(images, draws[:, k], self._config.diff_augment) for k in range(self._copies)]
        logits = [self._judge(copy, labels) for copy in copies]
        if self.pseudo.is_adaptive:
            self.pseudo.observe(logits[0])
        losses = tf.add_n([self._loss.real(one) for one in logits]) / self._copies
        if rest:
            partners, positions = rest
            generated = tf.gather(self._pool_images.value(), partners)
            penalty = self._loss.penalty(lambda mixed: self._judge(mixed, labels), images, generated, positions)
            losses += self._penalty_every * penalty
        return losses

    def draw_pairing(self, shape: tuple[int, ...], step: int) -> tuple[np.ndarray, np.ndarray]:
        """For each real image a partner in the pool and a position between the two, for the penalty."""
        random = self._random(step, 1)
        partners = random.integers(self._config.num_generated, size=shape, dtype=np.int32)
        return partners, random.random(shape, dtype=np.float32)

    def _draw_pseudo(self, shape: tuple[int, ...], step: int) -> np.ndarray:
        """For each real image the generated one that takes its place, or -1."""
        random = self._random(step, 2)
        partners = random.integers(self._config.num_generated, size=shape, dtype=np.int32)
        return np.where(random.random(shape) < self.pseudo.share, partners, np.int32(-1))

    def _posed(self, images: tf.Tensor, labels: tf.Tensor, partners: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        is_posed, rows = partners >= 0, tf.maximum(partners, 0)
        generated = tf.gather(self._pool_images.value(), rows)
        images = tf.where(is_posed[:, None, None, None], generated, images)
        return images, tf.where(is_posed, tf.gather(self._pool_labels.value(), rows), labels)

    def _random(self, step: int, kind: int) -> np.random.Generator:
        """Fresh, in secret; with a seed for tests a function of the step and the kind of draw."""
        seed = self._config.noise_seed
        return np.random.default_rng(None if seed is None else [seed, step, kind])
