# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""StyleGAN2 (Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN"), for 8 to 1024 pixels.

A mapping of latents to styles; modulated and demodulated 3x3 convolutions with noise; a skip generator; a residual
discriminator. With `--latent_dim=512 --generator_width=64 --discriminator_width=64 --minibatch_stddev=4` on three
channels without classes it has the weights of rosinality/stylegan2-pytorch, which Re-GAN's program uses: 21 523 475 in
the generator and 21 507 073 in the discriminator at 32 pixels, 27 032 600 and 26 488 833 at 64, 30 034 338 and
28 864 129 at 256. Train it by `--loss=non_saturating_r1`.

Where this differs: tanh behind the generator. Noise is drawn in training, from seeds that the latents give, and is left
out of what is sampled and exported, so that an image is a function of its latents. Steps of lazy R1 do not change the
optimizer's settings. `--path_length_weight` is 0 unless given; its steps move the released average too.
"""
