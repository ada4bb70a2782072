# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Cross-entropy: the loss of the first GANs."""

from __future__ import annotations

import tensorflow as tf

from tfdpgan.losses.gan_loss import GANLoss


class BinaryCrossEntropy(GANLoss):
    """Cross-entropy of real against generated, with the non-saturating generator loss (Goodfellow et al. 2014).

    Losses are in natural-log units.
    """

    def real(self, logits: tf.Tensor) -> tf.Tensor:
        """-log D(x)."""
        return tf.nn.softplus(-logits)

    def generated(self, logits: tf.Tensor) -> tf.Tensor:
        """-log(1 - D(G(z)))."""
        return tf.nn.softplus(logits)

    def generator(self, logits: tf.Tensor) -> tf.Tensor:
        """-log D(G(z)): the same fixed point as the minimax loss, without its vanishing gradient."""
        return tf.nn.softplus(-logits)
