# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Per-example gradients in parts: by book-keeping where every layer has a rule, else by `tf.vectorized_map`."""

import weakref
from collections.abc import Callable
from typing import Any

import tensorflow as tf
import tf_keras as keras
from absl import logging

from tfdpgan.privacy.clipping.layer_rules import RULES, GradientPart
from tfdpgan.privacy.clipping.layer_rules.recording import Recording, Rehearsed
from tfdpgan.privacy.clipping.layer_rules.rule import instantiated_part
from tfdpgan.privacy.clipping.layer_rules.vectorizable import vectorizable_convolutions

METHODS = ("auto", "book_keeping", "vectorized_map")

LossFn = Callable[..., tf.Tensor]

_models_told_of_fallback: weakref.WeakSet = weakref.WeakSet()


def gradient_parts(
    loss_fn: LossFn, inputs: tuple[Any, ...], model: keras.layers.Layer, method: str, rehearsed: Rehearsed
) -> list[GradientPart]:
    """Returns per-example gradients by the method that was asked for, or by the best that serves.

    `rehearsed` is what `rehearse` found for these arguments.
    """
    if method == "vectorized_map":
        return _vectorized_map_parts(loss_fn, inputs, model)
    recording = Recording(model, RULES, batch_size_of(inputs), rehearsed)
    with recording():
        losses = checked_losses(loss_fn(*inputs), inputs)
    obstacle = recording.obstacle()
    if obstacle is None:
        return [
            part for layer, calls in recording.calls(losses).items() for part in RULES[type(layer)].parts(layer, calls)
        ]
    if method == "book_keeping":
        raise ValueError(
            f"Book-keeping cannot serve model {model.name!r}: {obstacle}. Use method='auto' or 'vectorized_map'."
        )
    if model not in _models_told_of_fallback:
        _models_told_of_fallback.add(model)
        logging.info("Clipping model %r by tf.vectorized_map, which is slower: %s.", model.name, obstacle)
    return _vectorized_map_parts(loss_fn, inputs, model)


def _vectorized_map_parts(loss_fn: LossFn, inputs: tuple[Any, ...], model: keras.layers.Layer) -> list[GradientPart]:
    """Returns instantiated gradients of batches of one, vectorised over the examples."""
    variables = model.trainable_variables

    def one_gradient(example: tuple[Any, ...]) -> list[tf.Tensor]:
        batch_of_one = tf.nest.map_structure(lambda tensor: tensor[tf.newaxis], example)
        with vectorizable_convolutions(model):
            with tf.GradientTape() as tape:
                loss = checked_losses(loss_fn(*batch_of_one), batch_of_one)[0]
            gradients = tape.gradient(loss, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return [tf.cast(tf.convert_to_tensor(gradient), tf.float32) for gradient in gradients]

    gradients = tf.vectorized_map(one_gradient, inputs)
    return [instantiated_part(*pair) for pair in zip(variables, gradients, strict=True)]


def checked_losses(losses: Any, inputs: tuple[Any, ...]) -> tf.Tensor:
    """Returns the losses if they have one entry per example."""
    losses = tf.convert_to_tensor(losses)
    batch_size = tf.get_static_value(batch_size_of(inputs))
    if not losses.shape.is_compatible_with([batch_size]):
        raise ValueError(
            f"loss_fn must return one loss per example, a tensor of shape [{batch_size or 'batch'}]. "
            f"Received: shape {losses.shape}. Use reduction='none' in a Keras loss, "
            "and reduce over all axes but the first."
        )
    return tf.ensure_shape(losses, [batch_size])


def batch_size_of(inputs: tuple[Any, ...]) -> int | tf.Tensor:
    """Returns the leading dimension of the inputs, an int where it is static."""
    tensors = tf.nest.flatten(inputs)
    if not tensors:
        raise ValueError("inputs must hold at least one tensor with a leading batch axis. Received: none.")
    static = [tensor.shape[0] for tensor in tensors if tensor.shape[0] is not None]
    if len(set(static)) > 1:
        raise ValueError(f"All inputs must have the same leading batch axis. Received: sizes {static}.")
    return static[0] if static else tf.shape(tensors[0])[0]
