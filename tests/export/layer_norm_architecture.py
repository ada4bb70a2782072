# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A pair with a layer normalisation in its generator, whose squares TFLite would compute in float."""

import tf_keras as keras

from tfdpgan.models import fully_connected
from tfdpgan.models.fully_connected import Discriminator, require_shape

__all__ = ["Discriminator", "Generator", "require_shape"]


class Generator(fully_connected.Generator):
    def __init__(self, shape, config, channels=None):
        super().__init__(shape, config, channels)
        self.on_latents = keras.layers.LayerNormalization()

    def call(self, inputs, training=None):
        latents, labels = inputs
        return super().call((self.on_latents(latents), labels), training=training)
