# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The residual discriminator of SNGAN (Miyato et al. 2018), which AutoGAN has too."""

from __future__ import annotations

import math

from tfdpgan.models import ModelConfig
from tfdpgan.models.blocks.residual import SPECTRAL, DownBlock, Verdict
from tfdpgan.models.network import Network
from tfdpgan.models.shapes import ImageShape

DISCRIMINATOR_NORMS = ("none", "group", "layer", "batch", SPECTRAL)


class ResidualDiscriminator(Network):
    """Blocks of 4w channels that halve the side down to 8, two more, and a linear unit on the sum over space.

    As published (`--discriminator_norm=spectral --discriminator_width=32`, 32 pixels, three channels, no classes) it
    has 1 053 824 weights: every kernel is spectrally normalised, and nothing else is. Each pass in training moves the
    normalisation's vectors by one power iteration. They depend on weights alone, and never on an image; but a loss that
    writes state is refused under DP-SGD, whoever the state comes from. The private variant has `group` or `layer`
    normalisation behind the large convolutions, or `none`, and is served by book-keeping.
    """

    def __init__(self, shape: ImageShape, config: ModelConfig) -> None:
        super().__init__(shape, config, name="discriminator")
        channels, norm = 4 * config.discriminator_width, config.discriminator_norm
        num_reductions = round(math.log2(shape.height)) - 3
        self.blocks = [DownBlock(channels, norm, is_first=not index) for index in range(num_reductions)]
        self.blocks += [DownBlock(channels, norm, reduces=False) for _ in range(2)]
        self.verdict = Verdict(channels, shape.num_classes, norm)

    def call(self, inputs, training=None):
        hidden, labels = inputs
        for block in self.blocks:
            hidden = block(hidden, training=training)
        return self.verdict(hidden, labels, training=training)
