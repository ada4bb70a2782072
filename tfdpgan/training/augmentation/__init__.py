# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Augmentations of what a discriminator sees, for few images: DiffAugment, and pseudo-real images (APA)."""
