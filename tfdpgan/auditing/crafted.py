# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Images that nobody took, made to move a private sum as far as it lets itself be moved."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import tensorflow as tf

LossFn = Callable[..., tf.Tensor]


def ordinary(shape: tuple[int, ...], count: int, seed: int = 0) -> np.ndarray:
    """Smooth noise in [-1, 1], `[count, *shape]` float32: what a data set may hold."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(-1, 1, (count, 4, 4, shape[2]))
    rows, columns = (np.arange(side) * 4 // side for side in shape[:2])
    return coarse[:, rows][:, :, columns].astype(np.float32)


def extremes(shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Single images `shape` float32 by name: not numbers, out of range, flat, saturating, striped."""
    flat = {
        "not a number": math.nan,
        "infinite": math.inf,
        "1e30": 1e30,
        "-1e30": -1e30,
        "1e4": 1e4,
        "black": -1.0,
        "grey": 0.0,
        "white": 1.0,
    }
    images = {name: np.full(shape, value, np.float32) for name, value in flat.items()}
    board = np.indices(shape[:2]).sum(axis=0) % 2 * 2.0 - 1
    images["checkerboard"] = np.repeat(board[..., None], shape[2], axis=2).astype(np.float32)
    one_pixel = np.full(shape, -1.0, np.float32)
    one_pixel[0, 0] = np.nan
    images["one pixel not a number"] = one_pixel
    return images


def ascended(
    loss_fn: LossFn, image: np.ndarray, others: tuple[tf.Tensor, ...], steps: int = 12
) -> dict[str, np.ndarray]:
    """An image that was moved uphill and one that was moved downhill in the loss, beyond the range of pixels.

    Args:
        loss_fn: of a batch of one; its further inputs are `others`.
        image: where to start.
        others: one row each.
        steps: of half a grey range each.
    """
    found = {}
    for name, sign in (("ascended", 1.0), ("descended", -1.0)):
        moved = tf.constant(image[np.newaxis])
        for _ in range(steps):
            with tf.GradientTape() as tape:
                tape.watch(moved)
                loss = tf.reduce_sum(loss_fn(moved, *others))
            moved += sign * tf.sign(tape.gradient(loss, moved))
        found[name] = moved.numpy()[0]
    return found
