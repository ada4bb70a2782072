# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The rule for Embedding."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.clipping.layer_rules import rounding
from tfdpgan.privacy.clipping.layer_rules.dense import positions
from tfdpgan.privacy.clipping.layer_rules.rule import ExampleWeights, GradientPart, LayerCall, LayerRule


class EmbeddingRule(LayerRule):
    """Embedding: a dense layer on one-hot rows, whose Gram matrix says which positions are equal."""

    def refusal(self, layer: keras.layers.Embedding, inputs: tf.Tensor) -> str | None:
        del inputs
        return "sparse=True" if layer.sparse else None

    def forward(
        self, layer: keras.layers.Embedding, call: Callable[..., Any], inputs: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.cast(inputs, tf.int32), call(inputs)

    def finish(self, layer: keras.layers.Embedding, output: tf.Tensor) -> tf.Tensor:
        return output

    def parts(self, layer: keras.layers.Embedding, calls: Sequence[LayerCall]) -> list[GradientPart]:
        indices = tf.concat([positions(call.kept[..., tf.newaxis], tf.int32) for call in calls], axis=1)[..., 0]
        gradients = tf.concat([positions(call.output_gradient) for call in calls], axis=1)
        gram, roundings = rounding.gram_matrix(gradients, rounding.is_exact(indices.shape[1]))
        same = tf.cast(indices[:, :, tf.newaxis] == indices[:, tf.newaxis, :], gram.dtype)
        # The one-hot rows are exact. Each position meets at most so many others, which is all that can cancel: in
        # the bounds of `rounding` it stands for the energy of the rows, and for the terms of a sum.
        most_repeated = tf.cast(tf.reduce_max(tf.reduce_sum(same, axis=2), axis=1), tf.float64)
        squared_norm = rounding.squared_norm_from_grams(
            same, gram, roundings, most_repeated, (most_repeated, rounding.squared_norms(gradients))
        )

        def weighted_sum(weights: ExampleWeights) -> tf.Tensor:
            rows = tf.reshape(weights.scale(gradients), [-1, layer.output_dim])
            return tf.math.unsorted_segment_sum(rows, tf.reshape(indices, [-1]), layer.input_dim)

        return [GradientPart(layer.embeddings, squared_norm, weighted_sum)]
