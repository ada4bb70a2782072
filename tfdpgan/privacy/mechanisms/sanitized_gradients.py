# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Clipping and noising the gradients of generated images before the generator sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfdpgan.privacy.mechanisms.noise import GaussianNoise
from tfdpgan.privacy.mechanisms.sanitizer import GradientSanitizer


class GeneratorGradients(NamedTuple):
    """What a sanitised round gives.

    Attributes:
        gradients: of the generator's variables, of the mean loss: safe to apply.
        losses: `[B]`, each image's loss. PRIVATE: it says what the private networks think.
        norms: `[B]`, of the images' gradients before the clipping. PRIVATE.
    """

    gradients: list[tf.Tensor]
    losses: tf.Tensor
    norms: tf.Tensor


def sanitize(gradients: tf.Tensor, sanitizer: GradientSanitizer, noise: GaussianNoise) -> tuple[tf.Tensor, tf.Tensor]:
    """Each image's gradient with its norm clipped, and noise on it.

    A clip is min(1, C / norm): a short gradient stays short. What is not finite becomes zero, the whole image's. Where
    the sanitizer keeps low frequencies alone, it is their coefficients that are clipped and noised.
    The squares are added up in float64, so that no gradient whose norm float32 holds not passes unclipped.

    Args:
        gradients: `[B, height, width, channels]` float32, of each image's own loss.
        sanitizer: of B images.
        noise: of the run.

    Returns:
        The sanitised gradients, and the norms `[B]` that they (or their coefficients) had, zero where they were not
        finite. The norms are private.

    Raises:
        ValueError: there are not B images.
    """
    if gradients.shape[0] != sanitizer.images_per_round:
        raise ValueError(
            f"The sanitizer is for {sanitizer.images_per_round} images a round, and its cost was booked so. Received: "
            f"{gradients.shape[0]}."
        )
    axes = list(range(1, gradients.shape.rank))
    is_finite = tf.reduce_all(tf.math.is_finite(gradients), axis=axes, keepdims=True)
    finite = tf.where(is_finite, gradients, tf.zeros_like(gradients))
    precise = tf.cast(finite, tf.float64)
    if sanitizer.frequencies is not None:
        bases = [_low_frequencies(sanitizer.frequencies, side) for side in gradients.shape[1:3]]
        precise = tf.einsum("bhwc,fh,gw->bfgc", precise, *bases)
    norms = tf.sqrt(tf.reduce_sum(precise**2, axis=axes, keepdims=True))
    clip = tf.constant(sanitizer.l2_norm_clip, tf.float64)
    factors = tf.where(norms > clip, clip / tf.where(norms > 0, norms, tf.ones_like(norms)), tf.ones_like(norms))
    clipped = tf.cast(precise * factors, gradients.dtype)
    [noised] = noise.add([clipped], sanitizer.noise_stddev)
    if sanitizer.frequencies is not None:
        in_pixels = tf.einsum("bfgc,fh,gw->bhwc", tf.cast(noised, tf.float64), *bases)
        noised = tf.cast(in_pixels, gradients.dtype)
    return noised, tf.reshape(norms, [-1])


def _low_frequencies(number: int, side: int) -> np.ndarray:
    """The first rows `[min(number, side), side]` of the orthonormal cosine transform (DCT-II)."""
    angles = np.pi / side * np.outer(np.arange(min(number, side)), np.arange(side) + 0.5)
    basis = np.cos(angles) * np.sqrt(2 / side)
    basis[0] /= np.sqrt(2)
    return basis


def sanitized_generator_gradients(
    generate: Callable[[], tf.Tensor],
    loss_of_each: Callable[[tf.Tensor], tf.Tensor],
    variables: list[tf.Variable],
    sanitizer: GradientSanitizer,
    noise: GaussianNoise,
) -> GeneratorGradients:
    """The generator's gradient by way of sanitised gradients of its images: the only way from the critics to it.

    In two stages, so that what passes between them is one visible tensor: the gradient of the losses with respect to
    the images, sanitised; then the generator's vector-Jacobian product with that, which is post-processing.

    Args:
        generate: makes the images `[B, height, width, channels]` from the generator's variables, and reads nothing
            private.
        loss_of_each: images to losses `[B]`, each from its own image, all networks that judge it together.
        variables: of the generator.
        sanitizer: what one round is.
        noise: of the run.
    """
    with tf.GradientTape() as generation:
        images = generate()
    with tf.GradientTape(watch_accessed_variables=False) as judging:
        judged = tf.stop_gradient(images)
        judging.watch(judged)
        losses = loss_of_each(judged)
    arriving = judging.gradient(losses, judged)  # of the sum: each image's own, since each loss is of its own image
    sanitized, norms = sanitize(arriving, sanitizer, noise)
    gradients = generation.gradient(images, variables, sanitized / sanitizer.images_per_round)
    return GeneratorGradients(gradients, losses, norms)
