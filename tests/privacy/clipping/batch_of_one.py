# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The reference for every clipped sum: a loop over batches of one, plain tapes, and NumPy in float64."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras


def clipped_sum(
    loss_fn: Callable[..., tf.Tensor],
    inputs: tuple[Any, ...],
    model: keras.layers.Layer,
    clip: float,
    mask=None,
) -> tuple[list[np.ndarray], np.ndarray]:
    """Returns (one float64 array per trainable variable, [batch] norms before clipping)."""
    variables = model.trainable_variables
    sums = [np.zeros(variable.shape) for variable in variables]
    norms = []
    batch_size = len(tf.nest.flatten(inputs)[0])
    for index in range(batch_size):
        batch = tf.nest.map_structure(lambda values, at=index: tf.convert_to_tensor(values[at : at + 1]), inputs)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(loss_fn(*batch))
        gradients = tape.gradient(loss, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        gradients = [tf.convert_to_tensor(gradient).numpy().astype(np.float64) for gradient in gradients]
        norm = np.sqrt(sum(np.sum(gradient**2) for gradient in gradients))
        norms.append(norm)
        if (mask is None or mask[index]) and np.isfinite(norm):
            factor = 1.0 if norm <= clip else clip / norm
            sums = [total + factor * gradient for total, gradient in zip(sums, gradients, strict=True)]
    return sums, np.array(norms)


def global_norm(arrays) -> float:
    return float(np.sqrt(sum(np.sum(np.asarray(array, np.float64) ** 2) for array in arrays)))


def assert_equal_sums(actual, expected, relative: float = 1e-5) -> None:
    """The two sums, taken as one long vector each, differ by at most `relative` of the expected norm."""
    difference = global_norm([np.asarray(a, np.float64) - b for a, b in zip(actual, expected, strict=True)])
    assert difference <= relative * max(global_norm(expected), 1e-30)
