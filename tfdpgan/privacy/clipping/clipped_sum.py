# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The clipped sum of per-example gradients: the only way in which private data reaches a gradient.

Each example's gradient g_i, over all trainable variables together, is scaled by min(1, C / ||g_i||) before
the sum, or as another `ClippingRule` says. One example, whatever it holds, then changes the sum by at most C in
the Euclidean norm: the sensitivity under add/remove on which noise and accounting are built (Abadi et al. 2016,
"Deep learning with differential privacy", algorithm 1). Where we differ from the paper: an example whose
gradient is not finite contributes zero, and norms are rounded up by a proven bound (`layer_rules.rounding`), so that C
bounds what an example adds to the sum as computed, rounding included.

Two methods give the same sum.

* Book-keeping: one backward pass to the outputs of the layers; per-example norms from what each layer saw
  and the gradients of its outputs; then one weighted contraction per layer (Bu et al. 2023, "Differentially
  private optimization on large model at small cost"). Nearly as fast as a step without privacy.
* `tf.vectorized_map` over the gradients of batches of one: for any model and any loss, slower, and it holds
  batch * parameters numbers in memory.
"""

from typing import Any, NamedTuple

import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.arguments import SMALLEST_CLIP, require_clip
from tfdpgan.privacy.clipping.clipping_rule import ClippingRule
from tfdpgan.privacy.clipping.full_precision import require_full_precision
from tfdpgan.privacy.clipping.layer_check import refuse_mixing_layers
from tfdpgan.privacy.clipping.layer_rules import RULES, ExampleWeights, GradientPart
from tfdpgan.privacy.clipping.layer_rules.recording import Rehearsed, rehearse
from tfdpgan.privacy.clipping.layer_rules.rounding import norms_from_squares
from tfdpgan.privacy.clipping.per_example import METHODS, LossFn, batch_size_of, gradient_parts

FLAT = ClippingRule()


class ClippedSum(NamedTuple):
    """A clipped sum and the norms behind it.

    Attributes:
        gradients: one tensor per entry of `model.trainable_variables`, in its order, shape and dtype.
        norms: [batch] float32 norms before clipping, zero for masked examples. PRIVATE: for tests and
            experiments, never to be logged or released.
    """

    gradients: list[tf.Tensor]
    norms: tf.Tensor


def clipped_gradient_sum(
    loss_fn: LossFn,
    inputs: tuple[Any, ...],
    model: keras.layers.Layer,
    l2_norm_clip: float | tf.Tensor,
    mask: tf.Tensor | None = None,
    method: str = "auto",
    rule: ClippingRule = FLAT,
) -> ClippedSum:
    """Returns sum_i mask_i * min(1, C / ||g_i||) * g_i for the per-example gradients g_i.

    Works eagerly and in `tf.function`. The result is raw: it holds no noise and must not be released.

    Args:
        loss_fn: `loss_fn(*inputs)` -> [batch] losses. It calls `model` any number of times. The loss of an
            example must depend on that example alone; `refuse_mixing_layers` checks the types of the model's layers.
            What they and the loss do is checked by the optimizer alone (`mixing_gate`).
        inputs: tuple of (nested structures of) tensors with a leading batch axis, of any size, zero included.
        model: a built tf_keras model or layer.
        l2_norm_clip: C >= 1e-6, in units of the gradient's Euclidean norm.
        mask: [batch] bool; examples with False contribute zero. None: all are real.
        method: "book_keeping", "vectorized_map", or "auto": the first where every use of every trainable
            variable has a layer rule, else the second, with one log line per model that says why.
        rule: how C bounds an example: flat (the formula above), layer by layer, normalised.

    Raises:
        ValueError: for a layer that mixes examples, a loss that is not [batch], a clip that is too small, an
            unknown method, "book_keeping" for a model that it cannot serve, or a machine that rounds the factors of
            float32 products (`full_precision`).
    """
    _check_arguments(model, l2_norm_clip, method)
    refuse_mixing_layers(model)
    inputs = tf.nest.map_structure(tf.convert_to_tensor, tuple(inputs))
    rehearsed = {} if method == "vectorized_map" else rehearse(model, RULES, loss_fn, inputs)
    loss_fn = _with_autograph(loss_fn, tf.__internal__.autograph.control_status_ctx())
    return _clipped_gradient_sum(loss_fn, inputs, model, l2_norm_clip, mask, method, rule, rehearsed)


def clipped_gradient_sum_over_batches(
    loss_fn: LossFn,
    batches: tuple[Any, ...],
    model: keras.layers.Layer,
    l2_norm_clip: float | tf.Tensor,
    mask: tf.Tensor,
    method: str = "auto",
    rule: ClippingRule = FLAT,
    rehearsed: Rehearsed | None = None,
) -> list[tf.Tensor]:
    """Returns the clipped sum over one logical batch that is split into physical batches.

    A loop accumulates, so that memory grows with the physical batch only.

    Args:
        loss_fn: as in `clipped_gradient_sum`; it is given one physical batch at a time.
        batches: tuple of (nested structures of) tensors [num_physical, physical, ...]; num_physical >= 1 may be
            known at run time only.
        model: as in `clipped_gradient_sum`.
        l2_norm_clip: as in `clipped_gradient_sum`.
        mask: [num_physical, physical] bool, False for padding.
        method: as in `clipped_gradient_sum`.
        rule: as in `clipped_gradient_sum`.
        rehearsed: what `layer_rules.recording.rehearse` found for this model and loss; None to rehearse now.

    Returns:
        One tensor per trainable variable, in their order.

    Raises:
        ValueError: as `clipped_gradient_sum`.
    """
    _check_arguments(model, l2_norm_clip, method)
    refuse_mixing_layers(model)
    batches = tf.nest.map_structure(tf.convert_to_tensor, batches)
    if rehearsed is None:
        rehearsed = {} if method == "vectorized_map" else rehearse(model, RULES, loss_fn, batches, leading_axes=2)
    loss_fn = _with_autograph(loss_fn, tf.__internal__.autograph.control_status_ctx())
    return _sum_over_batches(loss_fn, batches, model, l2_norm_clip, mask, method, rule, rehearsed)


@tf.autograph.experimental.do_not_convert
def _sum_over_batches(
    loss_fn: LossFn,
    batches: tuple[Any, ...],
    model: keras.layers.Layer,
    l2_norm_clip: float | tf.Tensor,
    mask: tf.Tensor,
    method: str,
    rule: ClippingRule,
    rehearsed: Rehearsed,
) -> list[tf.Tensor]:
    mask = tf.convert_to_tensor(mask, tf.bool)

    def add_batch(index: tf.Tensor, totals: list[tf.Tensor]) -> tuple[tf.Tensor, list[tf.Tensor]]:
        batch = tf.nest.map_structure(lambda stacked: stacked[index], batches)
        added = _clipped_gradient_sum(
            loss_fn, batch, model, l2_norm_clip, mask[index], method, rule, rehearsed
        ).gradients
        return index + 1, [total + term for total, term in zip(totals, added, strict=True)]

    num_physical = tf.shape(mask)[0]
    zeros = [tf.zeros(variable.shape, variable.dtype) for variable in model.trainable_variables]
    _, totals = tf.while_loop(
        lambda index, _: index < num_physical, add_batch, (tf.constant(0), zeros), parallel_iterations=1
    )
    return list(totals)


@tf.autograph.experimental.do_not_convert
def _clipped_gradient_sum(
    loss_fn: LossFn,
    inputs: tuple[Any, ...],
    model: keras.layers.Layer,
    l2_norm_clip: float | tf.Tensor,
    mask: tf.Tensor | None,
    method: str,
    rule: ClippingRule,
    rehearsed: Rehearsed,
) -> ClippedSum:
    batch_size = batch_size_of(inputs)
    mask = tf.ones([batch_size], tf.bool) if mask is None else tf.convert_to_tensor(mask, tf.bool)
    if tf.get_static_value(batch_size) in (None, 0):
        # tf.vectorized_map fails on no example at all: give it a masked one.
        inputs, mask = _pad_to_one((inputs, mask), batch_size)
    parts = gradient_parts(loss_fn, inputs, model, method, rehearsed)
    bounded = bound_and_sum(parts, model, tf.cast(l2_norm_clip, tf.float32), mask, rule)
    return ClippedSum(bounded.gradients, bounded.norms[:batch_size])


def bound_and_sum(
    parts: list[GradientPart], model: keras.layers.Layer, l2_norm_clip: tf.Tensor, mask: tf.Tensor, rule: ClippingRule
) -> ClippedSum:
    """Bounds each example's gradient over all of its parts, by the rule, and sums over the examples."""
    variables, groups = model.trainable_variables, rule.groups(model)
    by_variable = {id(part.variable.handle): part for part in parts}
    kept = [by_variable.get(id(variable.handle)) for variable in variables]
    squared_norms: list[list[tf.Tensor]] = [[] for _ in range(max(groups) + 1)]
    for part, group in zip(kept, groups, strict=True):
        if part is not None:
            squared_norms[group].append(part.squared_norm)
    if not any(squared_norms):
        raise ValueError("The loss depends on no trainable variable of the model. Compute it by calling the model.")
    zeros = tf.zeros(tf.shape(mask), tf.float64)
    squared_norms_of_groups = tf.stack([tf.add_n(terms) if terms else zeros for terms in squared_norms])
    norms = norms_from_squares(tf.reduce_sum(squared_norms_of_groups, axis=0))
    accepted = tf.math.is_finite(norms)  # one layer that is not finite refuses the example as a whole
    factors = rule.factors(norms_from_squares(squared_norms_of_groups), l2_norm_clip)
    factors = tf.where(accepted & mask, factors, 0.0)
    weights = [ExampleWeights(factors_of_group, accepted) for factors_of_group in tf.unstack(factors)]
    gradients = [
        tf.zeros(variable.shape, variable.dtype)
        if part is None
        else tf.cast(part.weighted_sum(weights[group]), variable.dtype)
        for variable, part, group in zip(variables, kept, groups, strict=True)
    ]
    return ClippedSum(gradients, tf.where(mask, norms, 0.0))


def _pad_to_one(tensors: Any, batch_size: int | tf.Tensor) -> Any:
    """Appends one row of zeros (False) to each tensor if the batch is empty."""
    missing = tf.cast(tf.equal(batch_size, 0), tf.int32)

    def pad(tensor: tf.Tensor) -> tf.Tensor:
        return tf.concat([tensor, tf.zeros(tf.concat([[missing], tf.shape(tensor)[1:]], 0), tensor.dtype)], axis=0)

    return tf.nest.map_structure(pad, tensors)


def _check_arguments(model: keras.layers.Layer, l2_norm_clip: float | tf.Tensor, method: str) -> None:
    require_full_precision()
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}. Received: {method!r}.")
    if tf.is_tensor(l2_norm_clip):
        is_allowed = (l2_norm_clip >= SMALLEST_CLIP) & tf.math.is_finite(l2_norm_clip)
        tf.debugging.Assert(is_allowed, [f"l2_norm_clip must be finite and {SMALLEST_CLIP:g} or more:", l2_norm_clip])
    else:
        require_clip(l2_norm_clip)
    if not model.trainable_variables:
        raise ValueError(
            f"Model {model.name!r} has no trainable variables. If it is not built yet, call it once on a batch first."
        )


def _with_autograph(loss_fn: LossFn, status: Any) -> LossFn:
    """Lets the loss see AutoGraph as its author does, though the code around it is not converted."""

    def call(*inputs: Any) -> Any:
        if tf.executing_eagerly():
            return loss_fn(*inputs)
        return tf.__internal__.autograph.tf_convert(loss_fn, status)(*inputs)

    return call
