# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The Wasserstein distance, its critic held to slope 1 by a penalty."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from tfdpgan.losses.gan_loss import GANLoss


class WassersteinGradientPenalty(GANLoss):
    """Wasserstein distance with gradient penalty (Gulrajani et al. 2017, algorithm 1, with its weight of 10).

    The critic is drawn to slope 1 at a random point between a real image and a generated one. Under differential
    privacy the penalty belongs to the real image of the pair: its loss is -D(x) + 10 (||grad D(x_hat)|| - 1)^2, and the
    gradient of both terms together is clipped to the clip. The sensitivity is that of any other loss as long as the
    partner and the position of an image do not depend on other real images, nor on its place in the drawn batch, which
    the other images of the draw decide: `GANPhase` draws both at random for each image, in secret. Where this differs
    from the paper: any generated image can be the partner of several real ones.

    The inner gradient keeps book-keeping from serving the real images; they fall back to `tf.vectorized_map`.
    """

    has_penalty = True
    has_threshold = False
    penalty_weight = 10.0

    def real(self, logits: tf.Tensor) -> tf.Tensor:
        """-D(x)."""
        return -logits

    def generated(self, logits: tf.Tensor) -> tf.Tensor:
        """D(G(z))."""
        return tf.identity(logits)

    def generator(self, logits: tf.Tensor) -> tf.Tensor:
        """-D(G(z))."""
        return -logits

    def penalty(
        self,
        judge: Callable[[tf.Tensor], tf.Tensor],
        real: tf.Tensor,
        generated: tf.Tensor,
        positions: tf.Tensor,
    ) -> tf.Tensor:
        """10 (||grad D(x_hat)|| - 1)^2 at x_hat = position * real + (1 - position) * generated."""
        positions = positions[:, tf.newaxis, tf.newaxis, tf.newaxis]
        mixed = positions * real + (1.0 - positions) * generated
        with tf.GradientTape() as tape:
            tape.watch(mixed)
            logits = judge(mixed)
        # The gradient of the sum of the logits: each image's own, since each logit comes from its own image.
        slopes = tape.gradient(logits, mixed)
        # The root of zero has no derivative; a constant critic has slope zero.
        norms = tf.sqrt(tf.reduce_sum(slopes**2, axis=[1, 2, 3]) + 1e-12)
        return self.penalty_weight * (norms - 1.0) ** 2
