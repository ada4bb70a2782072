# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The rule for PReLU."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.clipping.layer_rules.rule import GradientPart, LayerCall, LayerRule, instantiated_part


class PReLURule(LayerRule):
    """PReLU: alpha's gradient is the output gradient times min(x, 0), summed over the shared axes."""

    def forward(
        self, layer: keras.layers.PReLU, call: Callable[..., Any], inputs: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        return inputs, call(inputs)

    def finish(self, layer: keras.layers.PReLU, output: tf.Tensor) -> tf.Tensor:
        return output

    def parts(self, layer: keras.layers.PReLU, calls: Sequence[LayerCall]) -> list[GradientPart]:
        terms = [
            tf.reduce_sum(
                tf.cast(tf.minimum(call.kept, 0) * call.output_gradient, tf.float32),
                axis=layer.shared_axes or [],
                keepdims=True,
            )
            for call in calls
        ]
        return [instantiated_part(layer.alpha, tf.add_n(terms))]
