# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What DPAC's auxiliary classifier learns: a Wasserstein-style score of (image, class), in place of a cross-entropy.

s(x, y) = f_y(x) - mean of f_c(x) over the other classes c

A classifier is one of the networks of a shard: the layout of a critic with one output for each class
(`CriticSpec(num_outputs=C)`), stacked like critics so that those of many shards are trained at once.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tfdpgan.methods.gswgan.adam import Adam, Rows, adam_step, fresh_rows
from tfdpgan.methods.gswgan.critic_spec import CriticSpec
from tfdpgan.methods.gswgan.critics import (
    Weights,
    initial_directions,
    initial_weights,
    normalized,
    power_iteration,
    scores,
    slopes,
)


def class_scores(outputs: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """s: of outputs `[..., C]` at labels `[...]`; `[...]`.

    Raises:
        ValueError: there is one class only.
    """
    num_classes = outputs.shape[-1]
    if num_classes < 2:
        raise ValueError("A class score needs two classes or more. Received: 1. Leave DPAC's classifier out.")
    own = tf.one_hot(labels, num_classes)
    return tf.reduce_sum(outputs * (own - (1 - own) / (num_classes - 1)), axis=-1)


def classifier_losses(spec: CriticSpec, weights: Weights, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """The loss of each classifier on its batch, the same for real and for generated images.

    mean[-s(x, y) + lambda (||grad_x s(x, y)|| - 1)^2 + epsilon s(x, y)^2]

    The slope is held at 1 at the images themselves, not between two kinds of them. Nothing but the drift's penalty
    holds the outputs' biases: on a batch with more of one class than of another the scores run towards the frequent
    one, so batches should hold every class equally often (the published ones of generated images do).

    Args:
        spec: with `num_outputs` classes and both penalties.
        weights: `[n, ...]`, normalised where the spec says so.
        images: `[n, b, h, w, c]`.
        labels: `[n, b]` int32.

    Returns:
        `[n]`.
    """

    def score(judged: tf.Tensor) -> tf.Tensor:
        return class_scores(scores(spec, weights, judged, labels), labels)

    found, steepness = score(images), slopes(score, images)
    each = -found + spec.gradient_penalty * (steepness - 1) ** 2 + spec.drift_penalty * found**2
    return tf.reduce_mean(each, axis=1)


def fresh_classifiers(spec: CriticSpec, num_classifiers: int, rng: np.random.Generator) -> Rows:
    """Classifiers that know nothing, with a fresh optimizer: how each round begins."""
    weights = {name: tf.constant(value) for name, value in initial_weights(spec, num_classifiers, rng).items()}
    directions = initial_directions(spec, num_classifiers, rng)
    return fresh_rows(weights) | {"directions": {name: tf.constant(value) for name, value in directions.items()}}


def train_classifiers(spec: CriticSpec, rows: Rows, images: tf.Tensor, labels: tf.Tensor, adam: Adam) -> Rows:
    """Some steps of all classifiers. A round calls it twice: on generated images, then on those of the drawn shards.

    Args:
        spec: of the classifiers.
        rows: as `fresh_classifiers` gives them, or as the first call left them.
        images: `[s, n, b, h, w, c]` for s steps; the published round has one fixed batch of generated images.
        labels: `[s, n, b]` int32.
        adam: constants.

    Returns:
        The rows after the steps. PRIVATE as soon as real images were among them.
    """
    for step in tf.range(images.shape[0]):
        directions = power_iteration(rows["weights"], rows["directions"])
        with tf.GradientTape() as tape:
            tape.watch(rows["weights"])
            losses = classifier_losses(spec, normalized(rows["weights"], directions), images[step], labels[step])
        gradients = tape.gradient(losses, rows["weights"])
        rows = adam_step(rows, gradients, adam) | {"directions": directions}
    return rows


def combined_losses(critic_scores: tf.Tensor, found: tf.Tensor, critic_weight: float, class_weight: float) -> tf.Tensor:
    """The generator's loss on each image, `[B]`: what is differentiated once, and sanitised once.

    -(w_D D(x, y) + w_C s(x, y)) / (w_D + w_C); the published weights are 0.8 and 0.2.
    """
    return -(critic_weight * critic_scores + class_weight * found) / (critic_weight + class_weight)
