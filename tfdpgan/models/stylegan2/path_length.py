# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""StyleGAN2's path length penalty: a step in the styles shall change the image by the same amount everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tensorflow as tf

if TYPE_CHECKING:
    from tfdpgan.models.stylegan2.networks import Generator


class PathLengthPenalty:
    """weight * every * mean((length - running mean)^2) over generated images, each `every`-th step of the generator.

    A length is the root of the mean over layers of the squared norm of the gradient, by that layer's style, of
    sum(image * y / sqrt(pixels)), where y is standard normal (Karras et al. 2020, section 3.2 and appendix B). The
    running mean moves by a hundredth of the way to the batch's mean length. No real image is read.

    Where this differs: the image is what the generator's tanh gives.

    Args:
        generator: whose styles and images are compared.
        weight: of the penalty; 2 is published.
        rng: gives y.
    """

    every = 4
    decay = 0.01

    def __init__(self, generator: Generator, weight: float, rng: tf.random.Generator) -> None:
        self._generator, self._weight, self._rng = generator, weight, rng
        self.mean_length = tf.Variable(0.0, trainable=False)
        self.trackables = {"mean_path_length": self.mean_length}

    def __call__(self, latents: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """The penalty as a scalar, on images of `latents` `[n, latent_dim]` and `labels` `[n]`; moves the mean."""
        generator = self._generator
        with tf.GradientTape() as tape:
            styles, seed = generator.styles_by_layer(latents, labels, training=True)
            tape.watch(styles)
            images = generator.synthesize(styles, seed)
            pixels = tf.cast(tf.shape(images)[1] * tf.shape(images)[2], tf.float32)
            projection = tf.reduce_sum(images * self._rng.normal(tf.shape(images))) / tf.sqrt(pixels)
        slopes = tf.stack(tape.gradient(projection, styles))  # [layers, n, width of a style]
        lengths = tf.sqrt(tf.reduce_mean(tf.reduce_sum(slopes**2, axis=2), axis=0))
        mean = self.mean_length + self.decay * (tf.reduce_mean(lengths) - self.mean_length)
        self.mean_length.assign(tf.stop_gradient(mean))
        return self._weight * self.every * tf.reduce_mean((lengths - mean) ** 2)
