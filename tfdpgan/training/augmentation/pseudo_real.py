# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Adaptive pseudo augmentation (Jiang et al. 2021, "Deceive D"): generated images that pose as real ones."""

from __future__ import annotations

import tensorflow as tf

_BATCHES_PER_UPDATE = 4
_IMAGES_TO_ONE = 500_000  # real images in which the share would go from 0 to 1


class PseudoReal(tf.Module):
    """The share of real images that are replaced, and what moves it.

    The discriminator is overconfident where the mean sign of its logits on what it was told is real exceeds a target;
    then the share grows, otherwise it falls, by batch * 4 / 500 000 every four batches, never below zero. That mean is
    computed from real images: under differential privacy the share stays where it starts.

    Args:
        probability: where it starts.
        target: in (0, 1); None for a share that stays.
        batch_size: real images in a step.
    """

    def __init__(self, probability: float, target: float | None, batch_size: int) -> None:
        super().__init__(name="pseudo_real")
        self._target = target
        self._pace = batch_size * _BATCHES_PER_UPDATE / _IMAGES_TO_ONE
        self._share = tf.Variable(probability, trainable=False)
        self._sum = tf.Variable(0.0, trainable=False)
        self._count = tf.Variable(0.0, trainable=False)

    @property
    def share(self) -> float:
        """Of real images that are replaced now, in [0, 1)."""
        return min(float(self._share), 1.0)

    @property
    def is_adaptive(self) -> bool:
        """Whether the share moves."""
        return self._target is not None

    def observe(self, logits: tf.Tensor) -> None:
        """Takes the logits `[n]` of one batch that the discriminator was told is real; in the graph of its step."""
        self._sum.assign_add(tf.reduce_sum(tf.sign(logits)))
        self._count.assign_add(tf.cast(tf.size(logits), tf.float32))

    def after_step(self, step: int) -> None:
        """Moves the share, after step number `step` and every fourth."""
        if self._target is None or (step + 1) % _BATCHES_PER_UPDATE or not float(self._count):
            return
        is_above = float(self._sum) / float(self._count) > self._target
        self._share.assign(max(0.0, float(self._share) + (self._pace if is_above else -self._pace)))
        self._sum.assign(0.0)
        self._count.assign(0.0)
