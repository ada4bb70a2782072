# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""SNGAN's residual networks (Miyato et al. 2018, "Spectral Normalization for GANs", table 4) for 32 pixels and more.

With `--latent_dim=128 --generator_width=64 --discriminator_width=32 --discriminator_norm=spectral` on CIFAR-10 without
classes the pair is the published one: 4 276 739 trainable weights in the generator and 1 053 824 in the discriminator,
as in pfnet-research/sngan_projection and in the programs of Re-GAN (mimicry's discriminator has one bias more). For 64
and 128 pixels one block of the same width is added for each doubling, which is in no paper. Classes, where there are
some, are one-hot beside the latents, and projected in the discriminator.

Channels can be taken out inside each block and behind the last one. Those of the stream between blocks cannot: the
shortcuts read them before any normalisation.
"""

from tfdpgan.models.blocks.residual_discriminator import DISCRIMINATOR_NORMS
from tfdpgan.models.blocks.residual_discriminator import ResidualDiscriminator as Discriminator
from tfdpgan.models.sngan.generator import Generator, require_shape

__all__ = ["DISCRIMINATOR_NORMS", "Discriminator", "Generator", "require_shape"]
