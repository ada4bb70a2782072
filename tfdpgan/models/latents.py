# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a generator is fed: latents of a public distribution, and labels from a declared prior."""

from __future__ import annotations

import tensorflow as tf

LATENT_DISTRIBUTIONS = ("normal", "bernoulli")


def draw_latents(rng: tf.random.Generator, batch_size: int, latent_dim: int, distribution: str = "normal") -> tf.Tensor:
    """Independent latents `[batch_size, latent_dim]` float32: standard normal, or 0 and 1 equally often (GS-WGAN's).

    Ten bits are 1024 latents for each class: a generator that is fed them makes no more than 1024 images of it.

    Raises:
        ValueError: an unknown distribution.
    """
    if distribution == "normal":
        return rng.normal([batch_size, latent_dim])
    if distribution == "bernoulli":
        return tf.cast(rng.uniform([batch_size, latent_dim], maxval=2, dtype=tf.int32), tf.float32)
    known = " or ".join(LATENT_DISTRIBUTIONS)
    raise ValueError(f"The distribution of the latents must be {known}. Received: {distribution}.")


def draw_labels(rng: tf.random.Generator, batch_size: int, num_classes: int) -> tf.Tensor:
    """Uniform labels `[batch_size]` int32. The prior is declared, never the data's: class counts are private."""
    return rng.uniform([batch_size], maxval=num_classes, dtype=tf.int32)


def balanced_labels(batch_size: int, num_classes: int) -> tf.Tensor:
    """Labels 0, 1, ..., num_classes - 1, 0, 1, ... `[batch_size]` int32: every class equally often."""
    return tf.range(batch_size, dtype=tf.int32) % num_classes
