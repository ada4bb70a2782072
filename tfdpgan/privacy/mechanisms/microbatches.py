# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Microbatches: groups of examples whose mean gradient is clipped, in place of each example's own.

A group's vector is (1/m) * (sum of the gradients of its members), clipped to C, with the constant m = expected batch
size / number of groups. Each drawn example joins one of a fixed number of groups, uniformly and independently of the
others, so one example more or less changes one group's sum and nothing else. That group's vector may turn around, from
length C to length C: the sum over the groups moves by at most 2C, and the accountant halves the noise multiplier
(`events.dp_sgd_event`). Cutting a drawn batch into consecutive groups, as is usual, has no such bound: one example more
pushes others into other groups.
"""

import numpy as np

from tfdpgan.privacy.mechanisms.poisson import PoissonBatch, PoissonSampler


def assign_to_groups(
    batch: PoissonBatch, num_groups: int, groups_at_once: int, seed: int | list[int] | None = None
) -> PoissonBatch:
    """Assigns each drawn example to a group of its own choice.

    Args:
        batch: a draw of the sampler.
        num_groups: of the whole draw, a constant >= 1.
        groups_at_once: groups in a physical batch, >= 1; it has no influence on who joins whom.
        seed: None for assignments that nobody can know; a number for tests.

    Returns:
        Indices and mask `[num_physical, groups_at_once, slots]`. Every group has a slot of padding at least, so that
        padding is the same to all of them, whatever it does to a loss.

    Raises:
        ValueError: a count is below 1.
    """
    for name, value in (("num_groups", num_groups), ("groups_at_once", groups_at_once)):
        if value != int(value) or value < 1:
            raise ValueError(f"{name} is {value}; it must be a whole number, 1 or more.")
    members = batch.indices[batch.mask]
    groups = np.random.default_rng(seed).integers(num_groups, size=len(members))
    sizes = np.bincount(groups, minlength=num_groups)
    num_physical = -(-num_groups // groups_at_once)
    shape = (num_physical * groups_at_once, int(sizes.max()) + 1)
    indices, mask = np.zeros(shape, np.int64), np.zeros(shape, bool)
    order = np.argsort(groups, kind="stable")
    slots = np.arange(len(members)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    indices[groups[order], slots] = members[order]
    mask[groups[order], slots] = True
    physical = (num_physical, groups_at_once, shape[1])
    return PoissonBatch(indices.reshape(physical), mask.reshape(physical))


class GroupSampler:
    """Poisson draws whose examples join groups of `microbatch_size` in expectation, as `assign_to_groups` says.

    Args:
        sampler: of the draws. About as many images as its physical batch holds are in memory at once.
        microbatch_size: m >= 2, a divisor of the expected batch size.
        seed: that of the sampler: None, or a number for tests.
    """

    def __init__(self, sampler: PoissonSampler, microbatch_size: int, seed: int | None = None) -> None:
        self.num_groups = round(sampler.expected_batch_size / microbatch_size)
        self._groups_at_once = min(self.num_groups, max(1, sampler.physical_batch_size // microbatch_size))
        self._sampler = sampler
        self._seed = seed

    def draw(self, step: int | None = None) -> PoissonBatch:
        """One fresh draw in groups: indices and mask `[num_physical, groups, slots]`; `step` as for the sampler."""
        seed = None if self._seed is None else [self._seed, int(step or 0), 2]
        return assign_to_groups(self._sampler.draw(step), self.num_groups, self._groups_at_once, seed)
