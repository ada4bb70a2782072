# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Channels that fade out while a generator learns, by sparse scales of its normalisations.

GAN Slimming (Wang et al. 2020), after Liu et al. 2017 ("Learning Efficient Convolutional Networks through Network
Slimming"): the scales gamma have their own optimizer, plain SGD, and after each of its steps the proximal operator of
the penalty pulls them towards zero: gamma <- sign(gamma) max(|gamma| - rho * learning_rate, 0).

Where this differs: channels that share the statistics of a group normalisation, or that a dense layer holds once for
each pixel, go together or not at all, by the proximal operator of the group lasso (Yuan and Lin 2006), which is the
formula above where a group is one channel. The offset beta shrinks by the same factor, so that nothing of a channel is
left when its scale is zero: a constant that remained would change the image when the channel is cut out. The gradient
of the scales is clipped.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.models.channels import ChannelAxis
from tfdpgan.models.complexity import Complexity

# Of all scales together: at a rate of 0.1 the style loss, whose weight is 1e5, threw them about without a bound.
_LARGEST_GRADIENT_NORM = 1.0


class ChannelPruner(tf.Module):
    """Owns the scales on some channel axes: moves them, shrinks them, and says which channels are left.

    A group of channels whose scales are zero stays away; the last group of an axis is never shrunk to nothing.

    Args:
        axes: of a built generator; not empty.
        learning_rate: of the scales' SGD; the published recipe has 0.1.
        momentum: of it; 0.5.
        penalty: rho, the weight of |gamma| in the loss; 0.01.
    """

    def __init__(
        self, axes: Sequence[ChannelAxis], learning_rate: float = 0.1, momentum: float = 0.5, penalty: float = 0.01
    ) -> None:
        super().__init__(name="channel_pruner")
        if not axes:
            raise ValueError("The generator declares no channel axes (models/channels.py): it cannot be pruned.")
        self.axes = list(axes)
        self.scales = [axis.norm.gamma for axis in axes]
        self._threshold = penalty * learning_rate
        self._is_shrinking = tf.Variable(1.0, trainable=False)
        self._optimizer = keras.optimizers.SGD(learning_rate, momentum)
        self._optimizer.build(self.scales)
        self._groups = [tf.constant(axis.groups_of_entries()) for axis in axes]

    def step(self, gradients: Sequence[tf.Tensor]) -> None:
        """One step: SGD on the scales, then the proximal operator on scales and offsets.

        Args:
            gradients: of the loss with respect to `scales`, in their order.
        """
        gradients, _ = tf.clip_by_global_norm(gradients, _LARGEST_GRADIENT_NORM)
        alive = [self._group_norms(index) > 0 for index in range(len(self.axes))]
        self._optimizer.apply_gradients(zip(gradients, self.scales, strict=True))
        for index in range(len(self.axes)):
            self._multiply(index, tf.where(alive[index], self._shrinkage(index, alive[index]), 0.0))

    def stop_shrinking(self) -> None:
        """From now on no further channels are lost."""
        self._is_shrinking.assign(0.0)

    def masks(self) -> list[np.ndarray]:
        """For each axis `[num_channels]` bool: False for channels that are gone."""
        return [
            np.repeat(self._group_norms(index).numpy() > 0, axis.group_size) for index, axis in enumerate(self.axes)
        ]

    def num_channels(self) -> list[int]:
        """How many channels each axis has left."""
        return [int(mask.sum()) for mask in self.masks()]

    def prune_to(self, complexity: Complexity, ratio: float) -> None:
        """Takes away the groups with the smallest scales until a true MAC count is `ratio` times smaller than it was.

        Scales of different axes are compared by their root mean square. Stops where one group is left on each axis.
        """
        sizes = [tf.math.bincount(groups).numpy() for groups in self._groups]
        strengths = [self._group_norms(index).numpy() / np.sqrt(size) for index, size in enumerate(sizes)]
        order = sorted(
            (strength, index, group)
            for index, values in enumerate(strengths)
            for group, strength in enumerate(values)
            if strength > 0
        )
        kept = [values > 0 for values in strengths]
        for _, index, group in order:
            masks = [np.repeat(mask, axis.group_size) for mask, axis in zip(kept, self.axes, strict=True)]
            if complexity.macs_with(self.axes, masks) * ratio <= complexity.macs:
                break
            if kept[index].sum() > 1:
                kept[index][group] = False
        for index, mask in enumerate(kept):
            self._multiply(index, tf.constant(mask, tf.float32))

    def _group_norms(self, index: int) -> tf.Tensor:
        """`[num_groups]`: the l2 norm of each group's scales."""
        squares = tf.square(self.scales[index])
        return tf.sqrt(tf.math.unsorted_segment_sum(squares, self._groups[index], self.axes[index].num_groups))

    def _shrinkage(self, index: int, alive: tf.Tensor) -> tf.Tensor:
        """`[num_groups]` factors in [0, 1] of the proximal operator."""
        norms = tf.where(alive, self._group_norms(index), 0.0)
        ones = tf.ones_like(self.scales[index])
        sizes = tf.math.unsorted_segment_sum(ones, self._groups[index], self.axes[index].num_groups)
        threshold = self._is_shrinking * self._threshold * tf.sqrt(sizes)
        factors = tf.maximum(1.0 - tf.math.divide_no_nan(threshold, norms), 0.0)
        last = tf.one_hot(tf.argmax(norms), self.axes[index].num_groups)
        return tf.where(tf.reduce_any((factors > 0) & alive), factors, last)

    def _multiply(self, index: int, factors: tf.Tensor) -> None:
        """Scales and offsets of each group times its factor."""
        norm, entries = self.axes[index].norm, tf.gather(factors, self._groups[index])
        norm.gamma.assign(norm.gamma * entries)
        norm.beta.assign(norm.beta * entries)
