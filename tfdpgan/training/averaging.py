# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The exponential moving average of the generator's weights: the generator that is released."""

from __future__ import annotations

import tensorflow as tf
import tf_keras as keras


class AveragedGenerator(tf.Module):
    """A copy of a generator whose weights follow it slowly (Yazici et al. 2019).

    It reads the generator only, so under DP it is post-processing and free. Young averages forget faster:
    the decay of update t is min(decay, (1 + t) / (10 + t)).

    Args:
        generator: the generator that is trained.
        copy: a model of the same architecture; its weights are overwritten.
        decay: of the average for one update, in [0, 1).
    """

    def __init__(self, generator: keras.Model, copy: keras.Model, decay: float) -> None:
        super().__init__(name="averaged_generator")
        self.model = copy
        self._generator = generator
        self._decay = decay
        self._num_updates = tf.Variable(0.0, trainable=False)
        self.restart()

    def restart(self) -> None:
        """Begins anew from the generator's present weights."""
        self._num_updates.assign(0.0)
        for average, weight in zip(self.model.weights, self._generator.weights, strict=True):
            average.assign(weight)

    def update(self) -> None:
        """Moves the average towards the generator's present weights (moving statistics included)."""
        decay = tf.minimum(self._decay, (1.0 + self._num_updates) / (10.0 + self._num_updates))
        for average, weight in zip(self.model.weights, self._generator.weights, strict=True):
            if weight.dtype.is_floating:  # a quantised generator holds a counter too
                average.assign(decay * average + (1.0 - decay) * weight)
        self._num_updates.assign_add(1.0)
