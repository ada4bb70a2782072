# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a loss makes of a batch: its values, what every layer put out on the way, what each example contributes."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.clipping import bound_and_sum
from tfdpgan.privacy.clipping.clipping_rule import ClippingRule
from tfdpgan.privacy.clipping.layer_rules import RULES, LayerCall
from tfdpgan.privacy.clipping.layer_rules.recording import Recording, Rehearsed
from tfdpgan.privacy.clipping.layer_rules.rule import replaced_attributes
from tfdpgan.privacy.clipping.per_example import LossFn, checked_losses

LayerOutput = tuple[keras.layers.Layer, np.ndarray]


class ObservedRun(NamedTuple):
    """One run of the loss.

    Attributes:
        losses: [batch].
        outputs: of every layer in the order in which they returned: the innermost layer comes first.
        slopes: gradients of the losses' sum with respect to the outputs of recorded layers, the last layer first.
        contributions: norms [batch] and the clipped sum over the kept examples, if book-keeping can serve.
    """

    losses: np.ndarray
    outputs: list[LayerOutput]
    slopes: list[LayerOutput]
    contributions: list[np.ndarray]


def observe(
    loss_fn: LossFn, inputs: tuple[Any, ...], model: keras.layers.Layer, training: bool | None = None
) -> ObservedRun:
    """Runs the loss forward, eagerly; `training` overrides what its author chose."""
    with _watched_outputs(model, training) as outputs:
        losses = checked_losses(loss_fn(*inputs), inputs)
    return ObservedRun(losses.numpy(), outputs, [], [])


def observe_contributions(
    loss_fn: LossFn,
    inputs: tuple[Any, ...],
    model: keras.layers.Layer,
    rehearsed: Rehearsed,
    kept: np.ndarray,
    l2_norm_clip: float,
    rule: ClippingRule,
) -> ObservedRun:
    """Runs the loss forward and backward as book-keeping does, and sums what the kept examples contribute."""
    recording = Recording(model, RULES, len(kept), rehearsed)
    with _watched_outputs(model, None) as outputs, recording():
        losses = checked_losses(loss_fn(*inputs), inputs)
    if recording.obstacle() is not None:  # then the step runs on one example at a time
        return ObservedRun(losses.numpy(), outputs, [], [])
    calls = recording.calls(losses)
    parts = [part for layer, own in calls.items() for part in RULES[type(layer)].parts(layer, own)]
    clipped = bound_and_sum(parts, model, tf.constant(l2_norm_clip, tf.float32), tf.constant(kept), rule)
    contributions = [clipped.norms.numpy(), *(gradient.numpy() for gradient in clipped.gradients)]
    return ObservedRun(losses.numpy(), outputs, _slopes(calls), contributions)


def _slopes(calls: dict[keras.layers.Layer, list[LayerCall]]) -> list[LayerOutput]:
    in_order = [(layer, call.output_gradient.numpy()) for layer, own in calls.items() for call in own]
    return in_order[::-1]


@contextlib.contextmanager
def _watched_outputs(model: keras.layers.Layer, training: bool | None) -> Iterator[list[LayerOutput]]:
    outputs: list[LayerOutput] = []
    with contextlib.ExitStack() as stack:
        for layer in (model, *model.submodules):
            if isinstance(layer, keras.layers.Layer):
                watching = _watching_call(layer, outputs, training)
                stack.enter_context(replaced_attributes(layer, call=watching))
        yield outputs


def _watching_call(layer: keras.layers.Layer, outputs: list[LayerOutput], training: bool | None) -> Callable[..., Any]:
    original = layer.call

    @functools.wraps(original)
    @tf.autograph.experimental.do_not_convert
    def call(*args: Any, **kwargs: Any) -> Any:
        if training is not None and "training" in kwargs:
            kwargs["training"] = training
        result = original(*args, **kwargs)
        for tensor in tf.nest.flatten(result, expand_composites=True):
            if tf.is_tensor(tensor) and hasattr(tensor, "numpy") and tensor.dtype not in (tf.variant, tf.resource):
                outputs.append((layer, tensor.numpy()))
        return result

    return call
