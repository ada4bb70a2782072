# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A pair that trains as any other, with an operator in its generator that TFLite lacks."""

import tensorflow as tf

from tfdpgan.models import fully_connected
from tfdpgan.models.fully_connected import Discriminator, require_shape

__all__ = ["Discriminator", "Generator", "require_shape"]


class Generator(fully_connected.Generator):
    def call(self, inputs, training=None):
        return tf.math.erfinv(0.8 * super().call(inputs, training=training))
