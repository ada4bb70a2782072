# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""ProGAN (Karras et al. 2018, "Progressive Growing of GANs"), for 8 to 1024 pixels.

With `--latent_dim=512 --generator_width=64 --discriminator_width=64 --minibatch_stddev=4` on three channels without
classes it has the weights of tkarras/progressive_growing_of_gans: 20 719 628 in the generator and 20 726 785 in the
discriminator at 32 pixels, 22 490 383 and 22 498 049 at 64, 23 044 309 and 23 052 353 at 256.

Where this differs: tanh behind the generator, as in Re-GAN's program. Images have their full size from the first step:
a pair that has grown to 8 pixels makes and sees 8 pixels, enlarged. So one graph serves all of the training, which
costs time at the small sizes, and batches do not change. Real images are not cross-faded with smaller ones. No
optimizer is reset. How far the pair has grown depends on the step alone, so that growing costs no privacy.
"""
