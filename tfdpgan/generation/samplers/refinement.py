# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Collaborative sampling: activations that move by the discriminator's gradient (Liu, Kothari and Alahi 2020).

    x_l <- x_l - rate * grad(-log D(x)),  x = G_L(...G_l(x_l)),  at most K steps, until D(x) >= eta,

with D the sigmoid of the logit, by plain steps or Adam's. Each example goes its own way: nothing is averaged over the
batch, and an example that has reached eta, or that was there from the beginning, does not move again.

Where we differ from the paper: each example keeps the best point of its way, so that D never falls (the authors' code
does so too). And where no step has raised D, shorter ones along the first gradient are tried, down to the resolution of
float32. So D rises for every example that was below eta and has a gradient at all.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

_BETA_1, _BETA_2, _EPSILON = 0.9, 0.99, 1e-8
_SHORTER_STEPS = 24
_LONGEST_TRIAL = 0.1  # of the activations' norm
_LEAST_RISE = 1e-6  # of a logit, beside its own rounding

Objective = Callable[..., tuple[tf.Tensor, tf.Tensor]]


@dataclasses.dataclass(frozen=True)
class Refinement:
    """How far and how fast.

    Attributes:
        steps: most steps for each example (K).
        rate: step size (lambda).
        optimizer: "adam" (each example's own moments, bias-corrected) or "plain".
        until: eta, in (0, 1).
    """

    steps: int = 10
    rate: float = 0.02
    optimizer: str = "adam"
    until: float = 0.9


class Refined(NamedTuple):
    """What came of a batch.

    Attributes:
        outputs: `[n, ...]`, of the objective.
        logits: `[n]`, of these; never below `first_logits`.
        first_logits: `[n]`, before.
        moved: `[n]` bool; the others are what the objective says of the start.
    """

    outputs: tf.Tensor
    logits: tf.Tensor
    first_logits: tf.Tensor
    moved: tf.Tensor


class Refiner:
    """Refines batches, each in one call of one `tf.function`, which ends as soon as every example has.

    Args:
        objective: from activations `[n, ...]` and context to outputs `[n, ...]` and logits `[n]`, example by example.
        refinement: how far and how fast.
    """

    def __init__(self, objective: Objective, refinement: Refinement) -> None:
        self._objective = objective
        self._refinement = refinement
        self._eta = math.log(refinement.until) - math.log1p(-refinement.until)
        self._traced = tf.function(self.refine, jit_compile=False, reduce_retracing=True)

    def __call__(self, start: tf.Tensor, *context: tf.Tensor, allowed: tf.Tensor | None = None) -> Refined:
        """Refines a batch.

        Args:
            start: activations `[n, ...]`.
            context: what the objective is given beside them.
            allowed: `[n]` int32, most steps for each example; default: the refinement's.
        """
        if allowed is None:
            allowed = tf.fill(tf.shape(start)[:1], self._refinement.steps)
        return self._traced(start, allowed, *context)

    def refine(self, start: tf.Tensor, allowed: tf.Tensor, *context: tf.Tensor) -> Refined:
        """The same without a graph of its own, to be traced into another."""
        first_outputs, first_logits, first_slope = self._slope(start, context)
        wanted = (first_logits < self._eta) & (allowed > 0)
        zeros = tf.zeros_like(start)

        def goes_on(step: Any, x: Any, slope: Any, mean: Any, square: Any, outputs: Any, logits: Any) -> Any:
            return tf.reduce_any(self._active(step, logits, allowed))

        def advance(step: Any, x: Any, slope: Any, mean: Any, square: Any, outputs: Any, logits: Any) -> Any:
            active = self._active(step, logits, allowed)
            mean = _BETA_1 * mean + (1 - _BETA_1) * slope
            square = _BETA_2 * square + (1 - _BETA_2) * tf.square(slope)
            x = tf.where(_like(active, x), x - self._move(step, slope, mean, square), x)
            now_outputs, now_logits, slope = self._slope(x, context)
            better = active & (now_logits > logits)
            outputs = tf.where(_like(better, outputs), now_outputs, outputs)
            return step + 1, x, slope, mean, square, outputs, tf.where(better, now_logits, logits)

        state = (tf.constant(0), start, first_slope, zeros, zeros, first_outputs, first_logits)
        *_, outputs, logits = tf.while_loop(goes_on, advance, state)

        def is_stuck(logits: tf.Tensor) -> tf.Tensor:
            return wanted & (logits <= first_logits + _LEAST_RISE * (1.0 + tf.abs(first_logits)))

        def try_shorter(trial: Any, outputs: Any, logits: Any) -> Any:
            stuck = is_stuck(logits)
            length = _LONGEST_TRIAL * tf.pow(0.5, tf.cast(trial, tf.float32))
            x = start - length * (_norm(start) + 1e-3) * first_slope / tf.maximum(_norm(first_slope), 1e-30)
            now_outputs, now_logits = self._objective(x, *context)
            better = stuck & (now_logits > logits)
            outputs = tf.where(_like(better, outputs), now_outputs, outputs)
            return trial + 1, outputs, tf.where(better, now_logits, logits)

        _, outputs, logits = tf.while_loop(
            lambda trial, outputs, logits: (trial < _SHORTER_STEPS) & tf.reduce_any(is_stuck(logits)),
            try_shorter,
            (tf.constant(0), outputs, logits),
        )
        return Refined(outputs, logits, first_logits, logits > first_logits)

    def _active(self, step: tf.Tensor, logits: tf.Tensor, allowed: tf.Tensor) -> tf.Tensor:
        return (logits < self._eta) & (step < allowed)

    def _move(self, step: tf.Tensor, slope: tf.Tensor, mean: tf.Tensor, square: tf.Tensor) -> tf.Tensor:
        rate = self._refinement.rate
        if self._refinement.optimizer == "plain":
            return rate * slope
        taken = tf.cast(step + 1, tf.float32)
        corrected = mean / (1 - tf.pow(_BETA_1, taken))
        deviation = tf.sqrt(square / (1 - tf.pow(_BETA_2, taken)))
        return rate * corrected / (deviation + _EPSILON)

    def _slope(self, x: tf.Tensor, context: tuple[tf.Tensor, ...]) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Outputs, logits, and the gradient of -log D with respect to `x`, each example's own."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            outputs, logits = self._objective(x, *context)
            loss = tf.reduce_sum(tf.nn.softplus(-logits))
        return outputs, logits, tape.gradient(loss, x)


def _like(mask: tf.Tensor, value: tf.Tensor) -> tf.Tensor:
    """The mask `[n]` with as many axes as `value`."""
    return tf.reshape(mask, tf.concat([tf.shape(mask), tf.ones([tf.rank(value) - 1], tf.int32)], axis=0))


def _norm(value: tf.Tensor) -> tf.Tensor:
    """Of each example: `[n, 1, ...]`."""
    axes = tf.range(1, tf.rank(value))
    return tf.sqrt(tf.reduce_sum(tf.square(value), axis=axes, keepdims=True))
