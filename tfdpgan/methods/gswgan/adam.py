# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Adam for stacked networks, each with averages and a step count of its own."""

from __future__ import annotations

import dataclasses

import tensorflow as tf

Rows = dict[str, dict[str, tf.Tensor]]


@dataclasses.dataclass(frozen=True)
class Adam:
    """Constants of Adam (Kingma and Ba 2015, algorithm 1); GS-WGAN's by default."""

    learning_rate: float = 1e-4
    beta_1: float = 0.5
    beta_2: float = 0.9
    epsilon: float = 1e-8


def fresh_rows(weights: dict[str, tf.Tensor]) -> Rows:
    """Rows of networks that were never trained."""
    zeros = {name: tf.zeros_like(value) for name, value in weights.items()}
    num_networks = next(iter(weights.values())).shape[0]
    return {"weights": weights, "means": zeros, "squares": dict(zeros), "steps": {"": tf.zeros([num_networks])}}


def adam_step(rows: Rows, gradients: dict[str, tf.Tensor], adam: Adam) -> Rows:
    """One step of every network.

    Args:
        rows: "weights", "means" and "squares" by name, `[n, ...]`, and "steps" `[n]`.
        gradients: of each network's own loss, by name.
        adam: constants.

    Returns:
        The same parts after the step.
    """
    steps = rows["steps"][""] + 1
    corrections = (1 - adam.beta_1**steps, 1 - adam.beta_2**steps)
    new: Rows = {"weights": {}, "means": {}, "squares": {}, "steps": {"": steps}}
    for name, gradient in gradients.items():
        first, second = (tf.reshape(value, [-1] + [1] * (gradient.shape.rank - 1)) for value in corrections)
        mean = adam.beta_1 * rows["means"][name] + (1 - adam.beta_1) * gradient
        square = adam.beta_2 * rows["squares"][name] + (1 - adam.beta_2) * gradient**2
        move = adam.learning_rate * (mean / first) / (tf.sqrt(square / second) + adam.epsilon)
        new["weights"][name], new["means"][name], new["squares"][name] = rows["weights"][name] - move, mean, square
    return new
