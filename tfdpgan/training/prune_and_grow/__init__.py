# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Sparse training: prune and regrow (Re-GAN, Saxena et al., CVPR 2023), and lottery tickets to compare it with.

A phase that trains a GAN asks `sparse_training_of` once and calls what it gets: `begin` before each step,
`after_discriminator` after the discriminator's optimizer and in the same graph; the generator's part hangs in the hooks
of `Networks.apply_to_generator`. Nothing here reads an image. Under differential privacy masks and rewinding are
functions of weights that the ledger has paid for, and of the step: post-processing, at no cost.
"""
