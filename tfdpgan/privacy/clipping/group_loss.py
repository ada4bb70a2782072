# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The loss of a group of examples that are clipped as one (`tfdpgan.privacy.mechanisms.microbatches`)."""

from collections.abc import Callable

import tensorflow as tf


def loss_of_groups(loss_fn: Callable[..., tf.Tensor], microbatch_size: int) -> Callable[..., tf.Tensor]:
    """Returns a loss with one value per group, whose gradient is the group's vector before the clipping.

    Args:
        loss_fn: `loss_fn(*inputs)` returns a loss per example.
        microbatch_size: m, the constant divisor.

    Returns:
        A function of (inputs `[groups, slots, ...]`, mask `[groups, slots]`) that returns losses `[groups]`.
    """

    def loss_of_each(inputs: tuple[tf.Tensor, ...], mask: tf.Tensor) -> tf.Tensor:
        def flat(tensor: tf.Tensor) -> tf.Tensor:
            return tf.reshape(tensor, tf.concat([[-1], tf.shape(tensor)[2:]], 0))

        def without_padding(tensor: tf.Tensor) -> tf.Tensor:
            # Padding is a copy of a private example, which might not be finite.
            is_member = tf.reshape(mask, tf.concat([tf.shape(mask), tf.ones(tensor.shape.rank - 2, tf.int32)], 0))
            kept = tf.where(is_member, tensor, tf.zeros_like(tensor))
            return tf.ensure_shape(flat(kept), [None, *tensor.shape[2:]])

        losses = loss_fn(*tf.nest.map_structure(without_padding, inputs))
        losses = tf.where(flat(mask), losses, tf.zeros_like(losses))
        return tf.reduce_sum(tf.reshape(losses, tf.shape(mask)), axis=1) / microbatch_size

    return loss_of_each
