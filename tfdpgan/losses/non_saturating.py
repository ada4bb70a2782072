# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The non-saturating loss with R1, which StyleGAN2 is trained by."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from tfdpgan.losses.binary_cross_entropy import BinaryCrossEntropy


class NonSaturatingR1(BinaryCrossEntropy):
    """Cross-entropy with the non-saturating generator loss, and R1 on real images (Mescheder et al. 2018).

    R1 is gamma / 2 ||grad D(x)||^2 at a real image, gamma = 10 as in StyleGAN2. Without privacy it is lazy (Karras et
    al. 2020): every 16th step of the discriminator has it, 16 times as strong. Under differential privacy every step
    has it at its own strength: an image's loss and its penalty have one gradient, which is clipped once.

    The inner gradient keeps book-keeping from serving the real images; they fall back to `tf.vectorized_map`.
    """

    has_penalty = True
    penalty_every = 16
    gamma = 10.0

    def penalty(
        self,
        judge: Callable[[tf.Tensor], tf.Tensor],
        real: tf.Tensor,
        generated: tf.Tensor,
        positions: tf.Tensor,
    ) -> tf.Tensor:
        """gamma / 2 ||grad D(x)||^2 at each real image; its partner and position are not used."""
        del generated, positions
        with tf.GradientTape() as tape:
            tape.watch(real)
            logits = judge(real)
        # The gradient of the sum of the logits: each image's own, since each logit comes from its own image.
        slopes = tape.gradient(logits, real)
        return 0.5 * self.gamma * tf.reduce_sum(slopes**2, axis=[1, 2, 3])
