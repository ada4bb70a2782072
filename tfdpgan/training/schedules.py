# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What changes while training runs: the learning rates, and how many discriminator steps a generator step waits for."""

from __future__ import annotations

import math

import tensorflow as tf


def learning_rate_factor(schedule: str, progress: float, final_fraction: float) -> float:
    """What the initial learning rate is multiplied with.

    Args:
        schedule: "constant", "linear", "cosine" or "exponential".
        progress: share of the planned steps that are done, in [0, 1].
        final_fraction: the factor at progress 1, in (0, 1]; "constant" ignores it.

    Returns:
        The factor: 1 at progress 0, `final_fraction` at progress 1.
    """
    if schedule == "linear":
        return 1.0 - (1.0 - final_fraction) * progress
    if schedule == "cosine":
        return final_fraction + (1.0 - final_fraction) * 0.5 * (1.0 + math.cos(math.pi * progress))
    if schedule == "exponential":
        return final_fraction**progress
    return 1.0


class DiscriminatorStepsController(tf.Module):
    """n_D, the discriminator steps for each generator step: fixed, or raised when the discriminator falls behind.

    Bie, Kamath and Zhang 2023 ("Private GANs, Revisited", section 4.2): n_D climbs the ladder 1, 2, 5, 10, 20, 50, ...
    by one rung when an average of the discriminator's accuracy on GENERATED images falls to a threshold, not sooner
    than a number of generator steps after the last change. It never sees a private image, so it costs nothing.

    Args:
        initial: n_D at the start, 1 or more.
        adaptive: False keeps n_D at `initial`.
        threshold: accuracy in [0, 1] at which n_D rises; the paper's 0.6.
        min_generator_steps: generator steps between two changes; the paper's 200.
        decay: of the exponential average of the accuracy.
    """

    def __init__(
        self, initial: int, adaptive: bool, threshold: float = 0.6, min_generator_steps: int = 200, decay: float = 0.95
    ) -> None:
        super().__init__(name="discriminator_steps_controller")
        self._adaptive = adaptive
        self._threshold = threshold
        self._min_generator_steps = min_generator_steps
        self._decay = decay
        self.discriminator_steps = tf.Variable(initial, trainable=False, dtype=tf.int64)
        self.steps_since_generator = tf.Variable(0, trainable=False, dtype=tf.int64)
        self.generator_steps_since_change = tf.Variable(0, trainable=False, dtype=tf.int64)
        self.accuracy = tf.Variable(1.0, trainable=False)

    def generator_is_due(self) -> bool:
        """Counts one discriminator step; True when a generator step has to follow it."""
        self.steps_since_generator.assign_add(1)
        if int(self.steps_since_generator) < int(self.discriminator_steps):
            return False
        self.steps_since_generator.assign(0)
        return True

    def observe(self, accuracy_on_generated: float) -> None:
        """Takes the discriminator's accuracy on the generated images of one generator step."""
        self.accuracy.assign(self._decay * self.accuracy + (1.0 - self._decay) * accuracy_on_generated)
        self.generator_steps_since_change.assign_add(1)
        waited = int(self.generator_steps_since_change) >= self._min_generator_steps
        if self._adaptive and waited and float(self.accuracy) <= self._threshold:
            self.discriminator_steps.assign(next_rung(int(self.discriminator_steps)))
            self.generator_steps_since_change.assign(0)


def next_rung(current: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50, 100, ... above `current`."""
    power = 10 ** int(math.floor(math.log10(current)))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor > current)
