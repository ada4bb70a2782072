# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Enlarging and blurring by the filter [1, 3, 3, 1], which keeps frequencies out that a map cannot hold."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

_TAPS = np.outer([1, 3, 3, 1], [1, 3, 3, 1]).astype(np.float32) / 64


def blur(images: tf.Tensor, padding: int, gain: float = 1.0) -> tf.Tensor:
    """`[n, h, w, c]` with `padding` zeros on every side, filtered: three pixels less than that."""
    taps = np.tile((gain * _TAPS)[:, :, np.newaxis, np.newaxis], [1, 1, images.shape[-1], 1])
    padded = tf.pad(images, [[0, 0], [padding, padding], [padding, padding], [0, 0]])
    return tf.nn.depthwise_conv2d(padded, tf.constant(taps), [1, 1, 1, 1], "VALID")


def enlarge(images: tf.Tensor) -> tf.Tensor:
    """`[n, h, w, c]` to `[n, 2h, 2w, c]`: zeros in between, then the filter with gain 4."""
    height, width, channels = images.shape[1:]
    count = tf.shape(images)[0]
    rows = tf.stack([images, tf.zeros_like(images)], axis=2)
    rows = tf.reshape(rows, [count, 2 * height, width, channels])
    spread = tf.reshape(tf.stack([rows, tf.zeros_like(rows)], axis=3), [count, 2 * height, 2 * width, channels])
    taps = np.tile((4 * _TAPS)[:, :, np.newaxis, np.newaxis], [1, 1, channels, 1])
    padded = tf.pad(spread, [[0, 0], [2, 1], [2, 1], [0, 0]])
    return tf.nn.depthwise_conv2d(padded, tf.constant(taps), [1, 1, 1, 1], "VALID")
