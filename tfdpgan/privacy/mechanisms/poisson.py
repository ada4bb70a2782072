# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Exact Poisson sampling: the batches that the accountant assumes."""

import math
from typing import NamedTuple

import numpy as np


class PoissonBatch(NamedTuple):
    """One logical batch, padded to whole physical batches so that every step has the same tensor shapes.

    Attributes:
        indices: [num_physical, physical_batch_size] int64. The drawn examples, each at most once, in random
            order; padding slots hold 0. `num_physical` is at least 1, even when nothing was drawn.
        mask: [num_physical, physical_batch_size] bool. True where `indices` holds a drawn example.
    """

    indices: np.ndarray
    mask: np.ndarray


class PoissonSampler:
    """Draws each of N examples independently with probability q = expected_batch_size / N.

    Drawing k ~ Binomial(N, q) and then k distinct examples uniformly is the same distribution as N coin
    flips, and costs O(k). Amplification by sampling, which DP-SGD's accounting rests on, holds for this
    distribution; it does not hold for shuffled batches of fixed size (Chua et al. 2024, "How Private are
    DP-SGD Implementations?").

    The batch size varies and is itself private: never show it, and divide sums by `expected_batch_size`, a
    constant.

    Args:
        num_examples: N >= 1.
        expected_batch_size: Mean batch size, in [1, N].
        physical_batch_size: Slots that are in memory at once, >= 1. It has no influence on what is drawn.
        seed: None takes fresh randomness from the operating system. A whole number >= 0 makes `draw` a function
            of (seed, step), for tests: whoever knows the seed knows who was drawn, so amplification is lost.

    Raises:
        ValueError: An argument is out of its range.
    """

    def __init__(
        self, num_examples: int, expected_batch_size: int, physical_batch_size: int, seed: int | None = None
    ) -> None:
        for name, value in (("num_examples", num_examples), ("physical_batch_size", physical_batch_size)):
            if value != int(value) or value < 1:
                raise ValueError(f"{name} is {value}; it must be a whole number, 1 or more.")
        if not (math.isfinite(expected_batch_size) and expected_batch_size >= 1):
            raise ValueError(f"expected_batch_size is {expected_batch_size}; it must be 1 or more.")
        if expected_batch_size > num_examples:
            raise ValueError(
                f"expected_batch_size is {expected_batch_size}, but there are only {num_examples} examples. "
                f"It must lie between 1 and {num_examples}; try {max(1, num_examples // 10)}."
            )
        if seed is not None and (seed != int(seed) or seed < 0):
            raise ValueError(f"seed is {seed}; it must be a whole number, 0 or more, or None (fresh).")
        self.num_examples = int(num_examples)
        self.expected_batch_size = expected_batch_size
        self.physical_batch_size = int(physical_batch_size)
        self._seed = seed

    @property
    def sampling_probability(self) -> float:
        """q, in (0, 1]."""
        return self.expected_batch_size / self.num_examples

    @property
    def is_private(self) -> bool:
        """Whether the draws are unpredictable, as amplification requires: False with a seed."""
        return self._seed is None

    def draw(self, step: int | None = None) -> PoissonBatch:
        """One fresh logical batch.

        Args:
            step: The step's number, >= 0. Needed with a seed, without influence otherwise.

        Raises:
            ValueError: A seeded sampler was not told the step.
        """
        random = self._random(step)
        num_drawn = int(random.binomial(self.num_examples, self.sampling_probability))
        drawn = random.choice(self.num_examples, size=num_drawn, replace=False)
        num_physical = max(1, -(-num_drawn // self.physical_batch_size))
        num_slots = num_physical * self.physical_batch_size
        indices = np.zeros(num_slots, np.int64)
        indices[:num_drawn] = drawn
        mask = np.arange(num_slots) < num_drawn
        shape = (num_physical, self.physical_batch_size)
        return PoissonBatch(indices.reshape(shape), mask.reshape(shape))

    def _random(self, step: int | None) -> np.random.Generator:
        if self._seed is None:
            # Fresh for every draw: 128 bits from the operating system, and nothing that a forked process or a
            # copy of this object would share with its parent.
            return np.random.default_rng()
        if step is None or step < 0:
            raise ValueError(f"step is {step}; a sampler with a seed needs the step's number, 0 or more.")
        return np.random.default_rng([self._seed, step])
