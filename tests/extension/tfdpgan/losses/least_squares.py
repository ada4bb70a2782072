# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The least-squares loss."""

from __future__ import annotations

import tensorflow as tf

from tfdpgan.losses.gan_loss import GANLoss


class LeastSquares(GANLoss):
    """Squared distance of the logit to 1 for real and 0 for generated images (Mao et al. 2017, eq. 9)."""

    has_threshold = False  # the two sides meet at 1/2

    def real(self, logits: tf.Tensor) -> tf.Tensor:
        """(D(x) - 1)^2."""
        return (logits - 1.0) ** 2

    def generated(self, logits: tf.Tensor) -> tf.Tensor:
        """D(G(z))^2."""
        return logits**2

    def generator(self, logits: tf.Tensor) -> tf.Tensor:
        """(D(G(z)) - 1)^2."""
        return (logits - 1.0) ** 2
