# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The hinge loss."""

from __future__ import annotations

import tensorflow as tf

from tfdpgan.losses.gan_loss import GANLoss


class Hinge(GANLoss):
    """Hinge loss (Lim and Ye 2017; Miyato et al. 2018, eq. 16-17)."""

    def real(self, logits: tf.Tensor) -> tf.Tensor:
        """max(0, 1 - D(x))."""
        return tf.nn.relu(1.0 - logits)

    def generated(self, logits: tf.Tensor) -> tf.Tensor:
        """max(0, 1 + D(G(z)))."""
        return tf.nn.relu(1.0 + logits)

    def generator(self, logits: tf.Tensor) -> tf.Tensor:
        """-D(G(z))."""
        return -logits
