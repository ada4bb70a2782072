# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""DiffAugment (Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN Training").

Each image has its own draws, handed in as numbers: so the augmentation is a function of the image and these alone,
which one example's clipped gradient can be taken of, and whose gradient reaches a generator. Images lie in [-1, 1] and
are not clipped afterwards, as published.
"""

from __future__ import annotations

import tensorflow as tf

NUM_DRAWS = 7  # brightness, saturation, contrast, two shifts, two places


def diff_augment(images: tf.Tensor, draws: tf.Tensor, policy: str) -> tf.Tensor:
    """Augmented images, in the order of the policy.

    Args:
        images: `[n, h, w, c]` float32 in [-1, 1], of static height and width.
        draws: `[n, NUM_DRAWS]` float32, independent and uniform in [0, 1).
        policy: "none", or names of operations joined by "_": color, translation, cutout.

    Returns:
        `[n, h, w, c]`.
    """
    for name in [] if policy == "none" else policy.split("_"):
        images = _OPERATIONS[name](images, draws)
    return images


def _color(images: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
    """Brightness + U(-0.5, 0.5); saturation times U(0, 2); contrast times U(0.5, 1.5)."""
    brightness, saturation, contrast = (draws[:, index, None, None, None] for index in range(3))
    images = images + (brightness - 0.5)
    grey = tf.reduce_mean(images, axis=-1, keepdims=True)
    images = (images - grey) * (2.0 * saturation) + grey
    mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    return (images - mean) * (contrast + 0.5) + mean


def _translation(images: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
    """A shift by whole pixels on each axis, up to an eighth of the side; zeros come in."""
    shifts = []
    for axis, draw in ((1, draws[:, 3]), (2, draws[:, 4])):
        side = images.shape[axis]
        most = int(side * 0.125 + 0.5)
        shift = tf.floor(draw * (2 * most + 1)) - most
        places = tf.range(side, dtype=tf.float32)
        shifts.append(tf.cast(places[None, :, None] - shift[:, None, None] == places[None, None, :], images.dtype))
    return tf.einsum("nyi,nijc,nxj->nyxc", shifts[0], images, shifts[1])


def _cutout(images: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
    """One square of half the side is zero; it may lie partly outside."""
    inside = []
    for axis, draw in ((1, draws[:, 5]), (2, draws[:, 6])):
        side = images.shape[axis]
        length = int(side * 0.5 + 0.5)
        start = tf.floor(draw * (side + 1 - length % 2)) - length // 2
        places = tf.range(side, dtype=tf.float32)
        inside.append((places[None] >= start[:, None]) & (places[None] < start[:, None] + length))
    hole = inside[0][:, :, None, None] & inside[1][:, None, :, None]
    return images * tf.cast(~hole, images.dtype)


_OPERATIONS = {"color": _color, "translation": _translation, "cutout": _cutout}
