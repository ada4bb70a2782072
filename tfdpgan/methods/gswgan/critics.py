# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Many critics at once, as functions of stacked weights: nothing here keeps a state.

Every tensor has a leading axis of n critics; what belongs to one never meets what belongs to another, so a critic that
was driven to NaN spoils nothing but itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from tfdpgan.methods.gswgan.critic_spec import CriticSpec

Weights = dict[str, tf.Tensor]
_SLOPE_OFFSET = 1e-12  # the root of zero has no derivative


def initial_weights(spec: CriticSpec, num_critics: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Fresh weights `[n, ...]` float32: uniform within 1 / sqrt(inputs), embeddings of that spread."""
    weights, bound = {}, 1.0
    for name, shape in spec.weight_shapes().items():
        if not name.startswith("bias"):  # a bias takes the bound of the kernel before it
            bound = 1 / np.sqrt(np.prod(shape[:-1]))
        weights[name] = rng.uniform(-bound, bound, (num_critics, *shape)).astype(np.float32)
    return weights


def initial_directions(spec: CriticSpec, num_critics: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The vectors `[n, outputs]` with which power iterations begin; none without spectral normalisation."""
    if not spec.spectral_norm:
        return {}
    shapes = {name: shape for name, shape in spec.weight_shapes().items() if not name.startswith("bias")}
    drawn = {name: rng.standard_normal((num_critics, shape[-1])).astype(np.float32) for name, shape in shapes.items()}
    return {name: _unit(value, np).astype(np.float32) for name, value in drawn.items()}


def power_iteration(weights: Weights, directions: Weights) -> Weights:
    """One step of each power iteration, outside of every gradient."""
    return {name: tf.stop_gradient(_iterate(_matrix(weights[name]), u)[0]) for name, u in directions.items()}


def normalized(weights: Weights, directions: Weights) -> Weights:
    """The weights with each kernel over its largest singular value, as its direction finds it."""
    result = dict(weights)
    for name, u in directions.items():
        kernel = weights[name]
        v = tf.stop_gradient(_unit(tf.linalg.matvec(_matrix(kernel), u)))
        sigma = tf.einsum("ni,nij,nj->n", v, _matrix(kernel), u)
        result[name] = kernel / tf.reshape(sigma, [-1] + [1] * (kernel.shape.rank - 1))
    return result


def scores(spec: CriticSpec, weights: Weights, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """What n critics think of b images each.

    Args:
        spec: of all of them.
        weights: `[n, ...]`, normalised where the spec says so.
        images: `[n, b, height, width, channels]`.
        labels: `[n, b]` int32.

    Returns:
        `[n, b]`, or `[n, b, num_outputs]` for classifiers.
    """
    features = (_patch_features if spec.kind == "patch" else _convolved_features)(weights, images)
    last = max(name for name in weights if name.startswith("kernel"))
    outputs = tf.matmul(features, weights[last]) + weights[last.replace("kernel", "bias")][:, tf.newaxis]
    if spec.num_outputs > 1:
        return outputs
    found = tf.squeeze(outputs, -1)
    if spec.has_embedding:
        chosen = tf.matmul(tf.one_hot(labels, spec.shape.num_classes), weights["embedding"], transpose_b=True)
        found += tf.reduce_sum(features * chosen, axis=-1)
    return found


def slopes(score: Callable[[tf.Tensor], tf.Tensor], images: tf.Tensor) -> tf.Tensor:
    """Norms `[n, b]` of the gradients of scores with respect to their images `[n, b, h, w, c]`."""
    with tf.GradientTape() as tape:
        tape.watch(images)
        found = score(images)
    gradients = tape.gradient(found, images)  # of the sum: each image's own
    return tf.sqrt(tf.reduce_sum(gradients**2, axis=[2, 3, 4]) + _SLOPE_OFFSET)


def critic_losses(
    spec: CriticSpec, weights: Weights, real: tf.Tensor, generated: tf.Tensor, labels: tf.Tensor, positions: tf.Tensor
) -> tf.Tensor:
    """The WGAN-GP loss of each critic on its batch (Gulrajani et al. 2017, algorithm 1), with a penalty on drift.

    mean[D(G) - D(x) + lambda (||grad D(p x + (1 - p) G)|| - 1)^2 + epsilon D(x)^2]

    Args:
        spec: of all critics.
        weights: `[n, ...]`, normalised where the spec says so.
        real: `[n, b, h, w, c]`.
        generated: a partner for each, made with its label.
        labels: `[n, b]` int32, of the real images.
        positions: `[n, b]` in [0, 1).

    Returns:
        `[n]`.
    """
    at = positions[..., tf.newaxis, tf.newaxis, tf.newaxis]
    steepness = slopes(lambda images: scores(spec, weights, images, labels), at * real + (1 - at) * generated)
    both = scores(spec, weights, tf.concat([real, generated], 1), tf.concat([labels, labels], 1))
    of_real, of_generated = tf.split(both, 2, axis=1)
    each = of_generated - of_real + spec.gradient_penalty * (steepness - 1) ** 2 + spec.drift_penalty * of_real**2
    return tf.reduce_mean(each, axis=1)


def _patch_features(weights: Weights, images: tf.Tensor) -> tf.Tensor:
    n, b, height, width, channels = images.shape
    side = 4
    split = tf.reshape(images, [n, b, height // side, side, width // side, side, channels])
    patches = tf.reshape(tf.transpose(split, [0, 1, 2, 4, 3, 5, 6]), [n, -1, side * side * channels])
    hidden = tf.nn.relu(tf.matmul(patches, weights["kernel_0"]) + weights["bias_0"][:, tf.newaxis])
    flat = tf.reshape(hidden, [n, b, -1])
    return tf.nn.relu(tf.matmul(flat, weights["kernel_1"]) + weights["bias_1"][:, tf.newaxis])


def _convolved_features(weights: Weights, images: tf.Tensor) -> tf.Tensor:
    """One critic after the other: kernels of their own cannot share a convolution."""
    convolutions = {name: value for name, value in weights.items() if name[-1] in "012"}

    def of_one(one: tuple[Weights, tf.Tensor]) -> tf.Tensor:
        kernels, hidden = one
        for index in range(3):
            padding = [[0, 0], [2, 2], [2, 2], [0, 0]]
            hidden = tf.nn.conv2d(hidden, kernels[f"kernel_{index}"], 2, padding) + kernels[f"bias_{index}"]
            hidden = tf.nn.relu(hidden)
        return tf.reshape(hidden, [hidden.shape[0], -1])

    if images.shape[0] == 1:
        return of_one(({name: value[0] for name, value in convolutions.items()}, images[0]))[tf.newaxis]
    return tf.map_fn(of_one, (convolutions, images), fn_output_signature=tf.float32)


def _matrix(kernel: tf.Tensor) -> tf.Tensor:
    return tf.reshape(kernel, [kernel.shape[0], -1, kernel.shape[-1]])


def _iterate(matrix: tf.Tensor, u: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    v = _unit(tf.linalg.matvec(matrix, u))
    return _unit(tf.linalg.matvec(matrix, v, transpose_a=True)), v


def _unit(vectors: Any, library: Any = tf) -> Any:
    if library is np:
        return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / (tf.norm(vectors, axis=-1, keepdims=True) + 1e-10)
