# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The rule for Dense on inputs of any rank."""

from collections.abc import Sequence

import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.clipping.layer_rules.contraction import contraction_part
from tfdpgan.privacy.clipping.layer_rules.rule import GradientPart, LayerCall, LayerRule, instantiated_part


def positions(rows: tf.Tensor, dtype: tf.DType = tf.float32) -> tf.Tensor:
    """Reshapes and casts [batch, ..., channels] to [batch, positions, channels]."""
    count = rows.shape[1:-1].num_elements()
    shape = [tf.shape(rows)[0], -1 if count is None else count, rows.shape[-1]]
    return tf.reshape(tf.cast(rows, dtype), shape)


def bias_part(variable: tf.Variable, output_gradients: tf.Tensor) -> GradientPart:
    """The part of a bias that is added at every position; output_gradients [batch, positions, width]."""
    return instantiated_part(variable, tf.reduce_sum(output_gradients, axis=1))


class DenseRule(LayerRule):
    """Dense: at each position the gradient is a g^T, at a single one its norm is ||a|| ||g||."""

    def parts(self, layer: keras.layers.Dense, calls: Sequence[LayerCall]) -> list[GradientPart]:
        inputs = tf.concat([positions(call.kept) for call in calls], axis=1)
        gradients = tf.concat([positions(call.output_gradient) for call in calls], axis=1)
        parts = [contraction_part(layer.kernel, inputs, gradients)]
        if layer.use_bias:
            parts.append(bias_part(layer.bias, gradients))
        return parts
