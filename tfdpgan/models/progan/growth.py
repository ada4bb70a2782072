# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""How far a progressive network has grown."""

from __future__ import annotations

import math

import tensorflow as tf


class Growth:
    """A level: 0 is 4x4 pixels, each further whole number twice the side; between two of them images are blended.

    The generator keeps the level among its weights, so that what is saved on the way is what it was. The discriminator
    does not: the level goes by the number of the step alone, and a private network has no state besides what is noised.

    Args:
        share: of the training in which the level rises from 0 to `levels`, each stable for half its time, then blended.
        levels: the highest.
        level: scalar float32 that holds it; a network that nobody trains is grown.
    """

    def __init__(self, share: float, levels: int, level: tf.Variable | None = None) -> None:
        self._share, self._levels = share, levels
        self.level = tf.Variable(float(levels), trainable=False) if level is None else level

    def grow(self, progress: float) -> None:
        """Sets the level for a share of the training that is done, in [0, 1]."""
        if progress >= self._share:
            self.level.assign(self._levels)
            return
        stage = math.floor(into := progress / self._share * self._levels)
        self.level.assign(stage + max(0.0, 2.0 * (into - stage) - 1.0))

    @tf.autograph.experimental.do_not_convert
    def is_complete(self) -> bool:
        """Whether the level is the highest now, also while a graph is made."""
        with tf.init_scope():
            return float(self.level.numpy()) >= self._levels

    def above(self, number: int) -> tf.Tensor:
        """How much of level `number + 1` is there, against level `number`: in [0, 1]."""
        return tf.clip_by_value(self.level - number, 0.0, 1.0)
