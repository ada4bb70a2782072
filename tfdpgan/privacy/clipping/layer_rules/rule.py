# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a layer rule is: it turns recorded calls of one layer into parts of the per-example gradient.

A rule never builds the gradient of the batch and splits it: it starts from what the layer saw (its input, one
row per example) and from the gradient of every example's loss with respect to the layer's output before the
activation. Both have the example as their leading axis, so each row yields one example's gradient.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.clipping.layer_rules.rounding import squared_norms


class LayerCall(NamedTuple):
    """One call of a layer during the forward pass.

    Attributes:
        kept: [batch, ...] tensor that the rule asked to keep, usually the layer's input.
        output_gradient: [batch, ...] gradient of each example's loss with respect to the recorded output.
    """

    kept: tf.Tensor
    output_gradient: tf.Tensor


class ExampleWeights:
    """The factor by which each example enters the clipped sum.

    Args:
        factors: [batch] float32 in [0, 1].
        accepted: [batch] bool; False marks examples whose norm is not finite. Their factor is zero, yet
            0 * NaN is NaN, so whatever came from them has to be erased before a contraction over the batch.
    """

    def __init__(self, factors: tf.Tensor, accepted: tf.Tensor) -> None:
        self.factors = factors
        self._accepted = accepted
        self._all_accepted = tf.reduce_all(accepted)

    def erase_refused(self, rows: tf.Tensor) -> tf.Tensor:
        """Returns rows [batch, ...] with zeros for refused examples; costs nothing if there are none."""
        accepted = _align(self._accepted, rows)
        return tf.cond(self._all_accepted, lambda: rows, lambda: tf.where(accepted, rows, tf.zeros_like(rows)))

    def scale(self, rows: tf.Tensor) -> tf.Tensor:
        """Returns rows [batch, ...] times their example's factor; a factor of zero gives zero for any row."""
        return tf.math.multiply_no_nan(rows, _align(self.factors, rows))

    def prepare(self, first: tf.Tensor, second: tf.Tensor, scales_first: bool) -> tuple[tf.Tensor, tf.Tensor]:
        """Readies the two factors of a contraction over the batch: one scaled, one free of refused rows."""
        if scales_first:
            return self.scale(first), self.erase_refused(second)
        return self.erase_refused(first), self.scale(second)

    def sum_rows(self, rows: tf.Tensor) -> tf.Tensor:
        """Returns [width], the sum over examples of factor times row, of rows [batch, width]."""
        return tf.linalg.matvec(self.erase_refused(rows), self.factors, transpose_a=True)


class GradientPart(NamedTuple):
    """The per-example gradients of one variable, in whatever form is cheapest.

    Attributes:
        variable: the variable.
        squared_norm: [batch] float64, never below the squared norm of what the example adds to the weighted sum at
            factor one, the rounding of that sum included (`rounding`).
        weighted_sum: weights -> the weighted sum over examples, in the variable's shape.
    """

    variable: tf.Variable
    squared_norm: tf.Tensor
    weighted_sum: Callable[[ExampleWeights], tf.Tensor]


def instantiated_part(variable: tf.Variable, gradients: tf.Tensor) -> GradientPart:
    """A part whose per-example gradients [batch, *shape of the variable] are held in memory."""
    flat = tf.reshape(gradients, [tf.shape(gradients)[0], gradients.shape[1:].num_elements()])
    return GradientPart(
        variable,
        squared_norms(flat),
        lambda weights: tf.reshape(weights.sum_rows(flat), gradients.shape[1:]),
    )


class LayerRule:
    """How one layer type runs while it is recorded, and what its per-example gradients are."""

    def refusal(self, layer: keras.layers.Layer, inputs: tf.Tensor) -> str | None:
        """Returns why this rule cannot serve the layer's configuration on these inputs, or None if it can."""
        del layer, inputs
        return None

    def forward(self, layer: keras.layers.Layer, call: Callable[..., Any], inputs: tf.Tensor) -> tuple[Any, tf.Tensor]:
        """Runs the layer without its fused activation; returns (what to keep, output to record)."""
        with replaced_attributes(layer, activation=None):
            return inputs, call(inputs)

    def finish(self, layer: keras.layers.Layer, output: tf.Tensor) -> tf.Tensor:
        """Applies what `forward` left out: the fused activation."""
        return output if layer.activation is None else layer.activation(output)

    def parts(self, layer: keras.layers.Layer, calls: Sequence[LayerCall]) -> list[GradientPart]:
        """Returns one part per variable of the layer; several calls of the layer are summed per example."""
        raise NotImplementedError


@contextlib.contextmanager
def replaced_attributes(layer: keras.layers.Layer, **values: Any) -> Iterator[None]:
    """Sets instance attributes behind Keras' tracking and puts the old ones back."""
    attributes = vars(layer)
    absent = object()
    before = {name: attributes.get(name, absent) for name in values}
    attributes.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is absent:
                del attributes[name]
            else:
                attributes[name] = value


def _align(per_example: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
    """Reshapes [batch] to [batch, 1, ...] so that it broadcasts over rows."""
    return tf.reshape(per_example, [-1] + [1] * (rows.shape.rank - 1))
