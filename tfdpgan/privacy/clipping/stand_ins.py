# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Batches of made-up examples that differ in some of their places: what the mixing gate feeds to a loss.

No private example is looked at, since a decision that follows the data would itself tell of them.
"""

from typing import Any

import numpy as np
import tensorflow as tf

# What the other examples of a batch are turned into. Labels and whole numbers follow: none, the first, the last.
FINITE = (0.0, 1.0, -1.0, 0.5, 1e4, -1e4)
EXTREME = (*FINITE, float("nan"), float("inf"), float("-inf"), 1e30)
_TEXTS = (b"", b"a", b"b", b"0", b"the same", b"\xff")

Batch = list[np.ndarray]


class StandIns:
    """Makes batches for a (flattened) structure of example shapes.

    Args:
        specs: tf.TensorSpec of one example's tensors.
        num_values: whole numbers are drawn from 0 to below this (class labels, places in a table).
    """

    def __init__(self, specs: list[tf.TensorSpec], num_values: int) -> None:
        self._specs = specs
        self._num_values = num_values
        self._rng = np.random.default_rng(0)

    def random(self, batch_size: int) -> Batch:
        """Examples in [-1, 1], whole numbers below `num_values`, any truth value, a few texts."""
        return [self._random(spec, batch_size) for spec in self._specs]

    def with_others(self, batch: Batch, kept: np.ndarray, values: tuple[float, ...] | None) -> Batch:
        """The batch with new examples in all places that are not kept: constant ones in turn, or (None) random ones."""
        others = self.random(len(kept))
        if values is not None:
            turns = np.arange(len(kept)) % len(values)
            others = [self._constant(spec, np.array(values)[turns]) for spec in self._specs]
        return [
            np.where(kept.reshape([-1] + [1] * (old.ndim - 1)), old, new)
            for old, new in zip(batch, others, strict=True)
        ]

    def _random(self, spec: tf.TensorSpec, batch_size: int) -> np.ndarray:
        shape, dtype = [batch_size, *spec.shape], spec.dtype
        if dtype == tf.string:
            return self._rng.choice(np.array(_TEXTS, object), shape)
        if dtype == tf.bool:
            return self._rng.random(shape) < 0.5
        if dtype.is_integer:
            return self._rng.integers(min(self._num_values, dtype.max), size=shape).astype(dtype.as_numpy_dtype)
        return self._rng.uniform(-1, 1, shape).astype(dtype.as_numpy_dtype)

    def _constant(self, spec: tf.TensorSpec, values: np.ndarray) -> np.ndarray:
        shape, dtype = [len(values), *spec.shape], spec.dtype
        column = values.reshape([-1] + [1] * len(spec.shape))
        if dtype == tf.string:
            return np.broadcast_to(np.where(column > 0, b"a", b""), shape).astype(object)
        if dtype == tf.bool:
            return np.broadcast_to(column > 0, shape)
        if dtype.is_integer:
            most = min(self._num_values, dtype.max) - 1
            whole = np.where(np.isfinite(column), column, most)
            return np.broadcast_to(np.clip(whole, 0, most), shape).astype(dtype.as_numpy_dtype)
        with np.errstate(over="ignore"):  # 1e30 is infinite in half precision
            return np.broadcast_to(column, shape).astype(dtype.as_numpy_dtype)


def tensors(batch: Batch, specs: Any) -> tuple[Any, ...]:
    """The batch as tensors in the structure of `specs`."""
    flat = [tf.convert_to_tensor(part, spec.dtype) for part, spec in zip(batch, tf.nest.flatten(specs), strict=True)]
    return tf.nest.pack_sequence_as(specs, flat)
