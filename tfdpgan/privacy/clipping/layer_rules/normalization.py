# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The rules for normalisation inside one example: group and layer normalisation.

The layer runs without its scale and offset, which are then applied here: what the scale multiplies is thus at
hand, without computing the moments a second time.
"""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.clipping.layer_rules.rule import (
    GradientPart,
    LayerCall,
    LayerRule,
    instantiated_part,
    replaced_attributes,
)


class _NormalizationRule(LayerRule):
    """The scale's gradient sums output gradient times normalised input, the offset's the output gradient."""

    # What turns off scale and offset inside the layer's own call.
    bare: dict[str, Any]

    def refusal(self, layer: keras.layers.Layer, inputs: tf.Tensor) -> str | None:
        axes = layer.axis if isinstance(layer.axis, (list, tuple)) else [layer.axis]
        last = [-1, inputs.shape.rank - 1]
        return None if len(axes) == 1 and axes[0] in last else f"axis={layer.axis}"

    def forward(
        self, layer: keras.layers.Layer, call: Callable[..., Any], inputs: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        with replaced_attributes(layer, **self.bare):
            normalized = tf.ensure_shape(call(inputs), inputs.shape)
        output = normalized
        if layer.scale:
            output = output * tf.cast(layer.gamma, output.dtype)
        if layer.center:
            output = output + tf.cast(layer.beta, output.dtype)
        return normalized, output

    def finish(self, layer: keras.layers.Layer, output: tf.Tensor) -> tf.Tensor:
        return output

    def parts(self, layer: keras.layers.Layer, calls: Sequence[LayerCall]) -> list[GradientPart]:
        parts = []
        if layer.scale:
            terms = [call.kept * call.output_gradient for call in calls]
            parts.append(instantiated_part(layer.gamma, _channel_sums(terms)))
        if layer.center:
            parts.append(instantiated_part(layer.beta, _channel_sums([call.output_gradient for call in calls])))
        return parts


class GroupNormalizationRule(_NormalizationRule):
    """GroupNormalization over the last axis."""

    bare = {"scale": False, "center": False}


class LayerNormalizationRule(_NormalizationRule):
    """LayerNormalization over the last axis."""

    bare = {"gamma": None, "beta": None}


def _channel_sums(terms: list[tf.Tensor]) -> tf.Tensor:
    """Sums terms [batch, ..., channels] over all but the example and the channel: [batch, channels]."""
    terms = [tf.cast(term, tf.float32) for term in terms]
    return tf.add_n([tf.reduce_sum(term, axis=list(range(1, term.shape.rank - 1))) for term in terms])
