# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""AutoGAN (Gong et al. 2019, "AutoGAN: Neural Architecture Search for Generative Adversarial Networks").

The three generators that its search found on CIFAR-10, against SNGAN's discriminator: `--autogan_genotype=A`, B or C.
With `--latent_dim=128 --generator_width=64 --discriminator_width=32 --discriminator_norm=spectral` on three channels
without classes they have the weights of VITA-Group/AutoGAN: 4 405 251 (A), 4 471 043 (B), 4 406 275 (C), and 1 053 824
in the discriminator. The search itself is not here. Large convolutions begin with a gain of 2 as SNGAN's do; the
published program has 1.
"""
